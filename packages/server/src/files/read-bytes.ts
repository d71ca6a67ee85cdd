/** A piece of content; shorter, even empty, when the content ends before it. */
export const readBytes = async (content: Blob, start: number, bytes: number): Promise<Buffer> =>
  Buffer.from(await content.slice(start, start + bytes).arrayBuffer());
