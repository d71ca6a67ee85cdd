export interface PriorityQueue<T> {
  push(value: T, priority: number): void;
  /** The first come among those of the highest priority; undefined when empty. */
  pop(): T | undefined;
  size(): number;
}

interface Entry<T> {
  readonly value: T;
  readonly priority: number;
  /** Grows with each push: a heap alone does not keep the order of equals. */
  readonly order: number;
}

/** A binary heap: push and pop cost O(log n). */
export function createPriorityQueue<T>(): PriorityQueue<T> {
  const heap: Entry<T>[] = [];
  let pushed = 0;

  const isBefore = (a: Entry<T>, b: Entry<T>) =>
    a.priority === b.priority ? a.order < b.order : a.priority > b.priority;

  /** Moves the entry at `index`, which is `entry`, towards the root. */
  const rise = (entry: Entry<T>, index: number) => {
    let place = index;
    while (place > 0) {
      const parentIndex = (place - 1) >> 1;
      const parent = heap[parentIndex];
      if (!parent || isBefore(parent, entry)) break;
      heap[place] = parent;
      place = parentIndex;
    }
    heap[place] = entry;
  };

  /** Puts `entry` at the root and lets it sink. */
  const sink = (entry: Entry<T>) => {
    let place = 0;
    for (;;) {
      const left = heap[2 * place + 1];
      const right = heap[2 * place + 2];
      const child = left && right && isBefore(right, left) ? right : left;
      if (!child || isBefore(entry, child)) break;
      heap[place] = child;
      place = child === left ? 2 * place + 1 : 2 * place + 2;
    }
    heap[place] = entry;
  };

  return {
    push(value, priority) {
      rise({ value, priority, order: pushed++ }, heap.length);
    },
    pop() {
      const first = heap[0];
      const last = heap.pop();
      if (first && last && first !== last) sink(last);
      return first?.value;
    },
    size: () => heap.length,
  };
}
