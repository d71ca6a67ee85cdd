import type { Operation } from '@flowwire/contract';

export interface EncodedBody {
  readonly content: BodyInit;
  /** Undefined where fetch sets it, as for the boundary of multipart. */
  readonly mediaType: string | undefined;
}

/**
 * Writes a request's body in the first of the operation's media types that it can write.
 *
 * @throws TypeError for a body that none of them can write.
 */
export function encodeBody(operation: Operation, body: unknown): EncodedBody | undefined {
  if (body === undefined) return undefined;
  const mediaTypes = operation.body?.mediaTypes ?? [];
  const json = mediaTypes.find(isJson);
  if (json !== undefined) return { content: toJson(operation, body), mediaType: json };
  if (mediaTypes.includes('multipart/form-data')) return { content: toFormData(body), mediaType: undefined };
  if (typeof body === 'string') return { content: body, mediaType: mediaTypes[0] };
  if (body instanceof Blob) return { content: body, mediaType: mediaTypes[0] };
  throw new TypeError(`${operation.operationId}: cannot write a body as ${mediaTypes.join(' or ')}`);
}

/** application/json or any type with the suffix +json, parameters ignored (RFC 6839). */
export function isJson(mediaType: string): boolean {
  return /^application\/(?:[^;\s]+\+)?json\s*(?:;|$)/i.test(mediaType);
}

/** What has no JSON, such as a BigInt, a cycle or a function, would throw or go unsent. */
function toJson({ operationId }: Operation, body: unknown): string {
  let cause: unknown;
  try {
    const text: string | undefined = JSON.stringify(body);
    if (text !== undefined) return text;
  } catch (error) {
    cause = error;
  }
  throw new TypeError(`${operationId}: the body cannot be written as JSON`, { cause });
}

function toFormData(body: unknown): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(body ?? {})) {
    for (const part of Array.isArray(value) ? value : [value]) {
      if (part instanceof Blob) form.append(name, part);
      else if (part !== undefined)
        form.append(name, typeof part === 'object' ? JSON.stringify(part) : String(part));
    }
  }
  return form;
}
