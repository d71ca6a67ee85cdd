import type { OperationModel, ReplyModel } from '../model/api.ts';
import { bodyType } from './bodies.ts';

// Most operations of an API share their refusals. Written out at each, those of the GitHub description are
// two thirds of what a compiler holds of `Operations`; declared once, they are a name.

export interface SharedReplies {
  /** The name of a reply that several operations have; undefined for one that is written out. */
  nameOf(reply: ReplyModel): string | undefined;
  declarations(): string;
}

interface Shared {
  readonly name: string;
  readonly type: string;
}

/** How a reply would be declared: one status, and one body or none. */
function sharedForm({ status, content, stream }: ReplyModel): Shared | undefined {
  const [media, another] = content;
  if (stream || another || !/^\d+$/.test(status)) return undefined;
  if (!media) return { name: `Reply${status}`, type: `{ status: ${status} }` };
  const body = bodyType(media);
  return /^\w+$/.test(body)
    ? { name: `Reply${status}${body}`, type: `{ status: ${status}; body: ${body} }` }
    : undefined;
}

/** Finds the replies that more than one operation has. `taken` are names that types.ts has already. */
export function createSharedReplies(
  operations: readonly OperationModel[],
  taken: ReadonlySet<string>,
): SharedReplies {
  const counts = new Map<string, number>();
  const types = new Map<string, string>();
  for (const { replies } of operations) {
    for (const reply of replies) {
      const form = sharedForm(reply);
      if (!form || taken.has(form.name)) continue;
      counts.set(form.name, (counts.get(form.name) ?? 0) + 1);
      types.set(form.name, form.type);
    }
  }
  const isShared = (name: string): boolean => (counts.get(name) ?? 0) > 1;
  return {
    nameOf(reply) {
      const name = sharedForm(reply)?.name;
      return name !== undefined && isShared(name) ? name : undefined;
    },
    declarations() {
      const shared = [...types].filter(([name]) => isShared(name)).sort(([a], [b]) => (a < b ? -1 : 1));
      return shared.map(([name, type]) => `type ${name} = ${type};\n`).join('');
    },
  };
}
