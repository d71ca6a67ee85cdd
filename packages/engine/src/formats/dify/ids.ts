import { ROOTS } from '../../definition/references.ts';

const NODE_ID = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/;
const MAX_ID = 64;
const MAX_SUFFIX = 8;

/** Native node ids, each given once. */
export interface Ids {
  /** The wanted id where it is valid and free, else one made from it. */
  take(wanted: string): string;
}

export function createIds(): Ids {
  const taken = new Set<string>(ROOTS);
  const counts = new Map<string, number>();
  return {
    take(wanted) {
      const base = isUsable(wanted) ? wanted : clean(wanted);
      let id = base;
      while (taken.has(id)) {
        const count = (counts.get(base) ?? 1) + 1;
        counts.set(base, count);
        id = `${base.slice(0, MAX_ID - MAX_SUFFIX)}_${count}`;
      }
      taken.add(id);
      return id;
    },
  };
}

// What every object inherits, such as `constructor`, would be a riddle as an id.
const isUsable = (id: string): boolean => NODE_ID.test(id) && !(id in {});

const clean = (id: string): string => `node_${id.slice(0, 40).replace(/[^A-Za-z0-9_-]/g, '_')}`;
