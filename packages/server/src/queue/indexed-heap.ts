/** Items by rank. Each item is in it once at most. */
export interface IndexedHeap<T> {
  /** Adds an item, or moves one whose rank has changed to its new place. */
  place(item: T): void;
  /** The first in rank; undefined when empty. */
  first(): T | undefined;
  /** False when it is not there. */
  remove(item: T): boolean;
  size(): number;
}

/** A binary heap that knows where each item is: everything costs O(log n) at most. `isBefore` ranks totally. */
export function createIndexedHeap<T>(isBefore: (a: T, b: T) => boolean): IndexedHeap<T> {
  const heap: T[] = [];
  const indexOf = new Map<T, number>();

  const put = (item: T, index: number) => {
    heap[index] = item;
    indexOf.set(item, index);
  };

  /** Moves the item at `index`, which is `item`, towards the root as far as it ranks. */
  const rise = (item: T, index: number) => {
    let place = index;
    while (place > 0) {
      const parentIndex = (place - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || isBefore(parent, item)) break;
      put(parent, place);
      place = parentIndex;
    }
    put(item, place);
  };

  /** Lets the item at `index`, which is `item`, sink as far as others rank before it. */
  const sink = (item: T, index: number) => {
    let place = index;
    for (;;) {
      const left = heap[2 * place + 1];
      const right = heap[2 * place + 2];
      const child = left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
      if (child === undefined || isBefore(item, child)) break;
      put(child, place);
      place = child === left ? 2 * place + 1 : 2 * place + 2;
    }
    put(item, place);
  };

  const settle = (item: T, index: number) => {
    const parent = heap[(index - 1) >> 1];
    if (index > 0 && parent !== undefined && isBefore(item, parent)) rise(item, index);
    else sink(item, index);
  };

  return {
    place(item) {
      settle(item, indexOf.get(item) ?? heap.length);
    },
    first: () => heap[0],
    remove(item) {
      const index = indexOf.get(item);
      if (index === undefined) return false;
      indexOf.delete(item);
      // The last one takes its place, from where it may have to go either way.
      const last = heap.pop();
      if (last !== undefined && last !== item) settle(last, index);
      return true;
    },
    size: () => heap.length,
  };
}
