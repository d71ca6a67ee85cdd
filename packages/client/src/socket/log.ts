import type { SocketPosition } from '@flowwire/contract';

/** What a log asks of its socket. None of these may call the log. */
export interface LogEvents<Message> {
  readonly deliver: (message: Message) => void;
  /** Asks the server for what came after the position. */
  readonly resume: (position: SocketPosition) => void;
  /** Messages are lost. */
  readonly gap: () => void;
  /** More messages came ahead of missing ones than are held. */
  readonly overflow: () => void;
}

export interface Log<Message> {
  readonly position: SocketPosition | undefined;
  /** Whether messages were asked for and have not all come. */
  readonly isResuming: boolean;
  /** A connection is ready, at the end of a log; a server that keeps none says no position. */
  ready(end: SocketPosition | undefined): void;
  /** A message came, with its number where it is in the log. */
  accept(message: Message, seq: number | undefined): void;
  /** The server cannot bring what was asked for, and goes on after `end`. The caller tells of the gap. */
  resumeFailed(end: SocketPosition): void;
}

/**
 * Keeps the messages of a session's log in order, each once, over any number of connections. A server may
 * repeat messages, and may send new ones while it repeats: what is ahead is held until what is missing came.
 * At most `maxHeld` messages are held.
 */
export function createLog<Message>(
  { deliver, resume, gap, overflow }: LogEvents<Message>,
  {
    resumeFrom,
    canResume,
    maxHeld,
  }: {
    readonly resumeFrom: SocketPosition | undefined;
    readonly canResume: boolean;
    readonly maxHeld: number;
  },
): Log<Message> {
  let position = resumeFrom;
  const held = new Map<number, Message>();
  /** The last message that was asked for; undefined when none is. */
  let wanted: number | undefined;
  /** The server's log is another one than that of `position`: no number can be compared until it says where to go on. */
  let isForeign = false;

  function ready(end: SocketPosition | undefined): void {
    held.clear();
    wanted = undefined;
    isForeign = false;
    if (end === undefined) return;
    if (position === undefined) {
      position = end;
      return;
    }
    if (position.epoch === end.epoch && position.lastSeq === end.lastSeq) return;
    if (canResume) {
      isForeign = position.epoch !== end.epoch || position.lastSeq > end.lastSeq;
      ask(end.lastSeq);
      return;
    }
    position = end;
    gap();
  }

  function ask(upTo: number): void {
    wanted = upTo;
    if (position !== undefined) resume(position);
  }

  function accept(message: Message, seq: number | undefined): void {
    if (seq === undefined || position === undefined) deliver(message);
    else if (isForeign || (canResume && seq > position.lastSeq + 1)) hold(message, seq);
    else if (seq > position.lastSeq + 1) skip(message, seq);
    else if (seq === position.lastSeq + 1) {
      advance(message, seq);
      settle();
    }
  }

  function hold(message: Message, seq: number): void {
    held.set(seq, message);
    if (held.size > maxHeld) overflow();
    else if (wanted === undefined) ask(seq - 1);
  }

  function skip(message: Message, seq: number): void {
    gap();
    advance(message, seq);
  }

  function advance(message: Message, seq: number): void {
    if (position !== undefined) position = { epoch: position.epoch, lastSeq: seq };
    deliver(message);
  }

  /** Delivers what is held as far as nothing is missing before it, and asks for what is. */
  function settle(): void {
    for (;;) {
      const next = (position?.lastSeq ?? 0) + 1;
      const message = held.get(next);
      if (message === undefined) break;
      held.delete(next);
      advance(message, next);
    }
    const lastSeq = position?.lastSeq ?? 0;
    if (wanted !== undefined && lastSeq >= wanted) wanted = undefined;
    for (const seq of held.keys()) if (seq <= lastSeq) held.delete(seq);
    if (wanted === undefined && held.size > 0) ask(Math.min(...held.keys()) - 1);
  }

  function resumeFailed(end: SocketPosition): void {
    position = end;
    wanted = undefined;
    isForeign = false;
    settle();
  }

  return {
    get position() {
      return position;
    },
    get isResuming() {
      return wanted !== undefined;
    },
    ready,
    accept,
    resumeFailed,
  };
}
