/** A piece of what a model wrote, told apart from its thoughts. */
export interface Piece {
  readonly type: 'text' | 'reasoning';
  readonly text: string;
}

export interface ThinkSplitter {
  /** The pieces that are certain by now; what may be a part of a tag is held back. */
  push(text: string): readonly Piece[];
  /** What is still held back when the model has finished. */
  end(): readonly Piece[];
}

const OPENING = '<think>';
const CLOSING = '</think>';

/**
 * Takes `<think>...</think>` at the beginning of a text out of it: some models write their reasoning into
 * their answer. Tags further on are text. Without a closing tag everything is reasoning.
 */
export function createThinkSplitter(): ThinkSplitter {
  let state: 'start' | 'thinking' | 'thought' | 'text' = 'start';
  let held = '';

  function begin(): readonly Piece[] {
    const begun = held.trimStart();
    if (begun.length < OPENING.length && OPENING.startsWith(begun)) return [];
    if (!begun.startsWith(OPENING)) {
      state = 'text';
      return take('text', held.length);
    }
    state = 'thinking';
    held = begun.slice(OPENING.length);
    return think();
  }

  function think(): readonly Piece[] {
    const closing = held.indexOf(CLOSING);
    if (closing < 0) return take('reasoning', held.length - overlap(held, CLOSING));
    const thoughts = take('reasoning', closing);
    state = 'thought';
    held = held.slice(CLOSING.length);
    return [...thoughts, ...resume()];
  }

  /** Skips the blank lines between the thoughts and the answer. */
  function resume(): readonly Piece[] {
    held = held.trimStart();
    if (held === '') return [];
    state = 'text';
    return take('text', held.length);
  }

  function take(type: Piece['type'], length: number): readonly Piece[] {
    const text = held.slice(0, length);
    held = held.slice(length);
    return text === '' ? [] : [{ type, text }];
  }

  return {
    push(text) {
      held += text;
      if (state === 'start') return begin();
      if (state === 'thinking') return think();
      return state === 'thought' ? resume() : take('text', held.length);
    },
    end: () => take(state === 'thinking' ? 'reasoning' : 'text', held.length),
  };
}

/** How many characters at the end of `text` begin `tag`. */
function overlap(text: string, tag: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(tag.slice(0, length))) return length;
  }
  return 0;
}
