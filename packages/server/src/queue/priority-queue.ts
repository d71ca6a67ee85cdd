export interface PriorityQueue<T> {
  push(value: T, priority: number): void;
  /** The first come among those of the highest priority; undefined when empty. */
  pop(): T | undefined;
  /** Takes out the value, once; false when it is not there. */
  remove(value: T): boolean;
  size(): number;
}

interface Entry<T> {
  readonly value: T;
  readonly priority: number;
  /** Grows with each push: a heap alone does not keep the order of equals. */
  readonly order: number;
}

/** A binary heap: push and pop cost O(log n), remove O(n). */
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

  /** Lets the entry at `index`, which is `entry`, sink. */
  const sink = (entry: Entry<T>, index: number) => {
    let place = index;
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

  /** Puts the last entry in the place of the one at `index`, from where it may have to go either way. */
  const takeOut = (index: number) => {
    const taken = heap[index];
    const last = taken && heap.pop();
    if (!last || last === taken) return;
    if (isBefore(last, taken)) rise(last, index);
    else sink(last, index);
  };

  return {
    push(value, priority) {
      rise({ value, priority, order: pushed++ }, heap.length);
    },
    pop() {
      const [first] = heap;
      takeOut(0);
      return first?.value;
    },
    remove(value) {
      const index = heap.findIndex((entry) => entry.value === value);
      takeOut(index);
      return index >= 0;
    },
    size: () => heap.length,
  };
}
