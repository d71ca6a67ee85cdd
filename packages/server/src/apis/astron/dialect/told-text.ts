import type { NodeFinished, NodeRetry, StoredEvent, TextDelta } from '@flowwire/engine';

/** The text of a run as a person reads it, although nodes may begin again. */
export interface ToldText {
  /** What to send of a piece of text, which `by` says: nothing where it only repeats what was sent. */
  add(stored: StoredEvent, delta: TextDelta, by: string): string;
  /** Text that no node can take back. */
  addFinal(text: string, by: string): void;
  retry(event: NodeRetry): void;
  /** What else to send now that a node has ended, and who says it; undefined for nothing. */
  finish(event: NodeFinished): { readonly by: string; readonly content: string } | undefined;
  /**
   * All that counts of what these say: text of attempts that failed is not in it. At most some 8 Mi characters, as a run
   * may have.
   */
  whole(isSaid: (by: string) => boolean): string;
  /** Forgets what was told. */
  clear(): void;
}

interface Piece {
  readonly seq: number;
  /** The node that wrote it. */
  readonly source: string;
  /** The place in the answer. */
  readonly place: string;
  readonly by: string;
  readonly text: string;
}

/** Text that was sent and does not count any more, and how much of it the new attempt has written again. */
interface VoidText {
  readonly place: string;
  readonly by: string;
  readonly text: string;
  repeated: number;
}

/** Stands between text that does not count and the text that counts instead. */
const NEW_BEGINNING = '\n\n';

const sourceOf = ({ nodeId, scope = '' }: TextDelta | NodeRetry | NodeFinished): string =>
  JSON.stringify([nodeId, scope]);
const placeOf = ({ responderId, segment, scope = '' }: TextDelta): string =>
  JSON.stringify([responderId, segment, scope]);

/**
 * What was sent cannot be taken back. A node that begins again mostly writes the same again, so that is not sent
 * twice; as soon as it writes something else, or has ended with less, all of its new text is sent, after an empty line.
 * So what counts of a node is always what follows its last empty line of this kind, or all of it.
 */
export function createToldText(): ToldText {
  let pieces: Piece[] = [];
  const voids = new Map<string, VoidText>();

  return {
    add({ seq }, delta, by) {
      const [source, place] = [sourceOf(delta), placeOf(delta)];
      pieces.push({ seq, source, place, by, text: delta.text });
      const gone = voids.get(source);
      if (gone?.place !== place) return delta.text;
      const expected = gone.text.slice(gone.repeated);
      if (expected.startsWith(delta.text)) {
        gone.repeated += delta.text.length;
        return '';
      }
      voids.delete(source);
      if (delta.text.startsWith(expected)) return delta.text.slice(expected.length);
      return `${NEW_BEGINNING}${gone.text.slice(0, gone.repeated)}${delta.text}`;
    },

    addFinal(text, by) {
      pieces.push({ seq: 0, source: '', place: '', by, text });
    },

    retry(event) {
      const source = sourceOf(event);
      const isVoid = (piece: Piece) => piece.source === source && piece.seq >= event.discardFromSeq;
      const gone = pieces.filter(isVoid);
      pieces = pieces.filter((piece) => !isVoid(piece));
      const earlier = voids.get(source);
      const [first] = gone;
      // What a second attempt has only repeated is part of what readers have of the first.
      if (earlier) earlier.repeated = 0;
      else if (first) {
        const { place, by } = first;
        voids.set(source, { place, by, text: textOf(gone), repeated: 0 });
      }
    },

    finish(event) {
      const source = sourceOf(event);
      const gone = voids.get(source);
      voids.delete(source);
      if (!gone || event.status !== 'succeeded') return undefined;
      const { by, text, repeated } = gone;
      // Of an attempt that wrote nothing there is nothing to send.
      if (repeated === 0 || repeated === text.length) return undefined;
      return { by, content: `${NEW_BEGINNING}${text.slice(0, repeated)}` };
    },

    whole: (isSaid) => textOf(pieces.filter(({ by }) => isSaid(by))),

    clear() {
      pieces = [];
      voids.clear();
    },
  };
}

const textOf = (pieces: readonly Piece[]): string => pieces.map(({ text }) => text).join('');
