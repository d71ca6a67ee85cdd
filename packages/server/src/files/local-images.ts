import {
  ModelError,
  type ModelImage,
  type ModelMessage,
  type ModelProvider,
  type ModelRequest,
} from '@flowwire/engine';
import type { LocalFiles } from './local-files.ts';

const MAX_BYTES = 8 * 1024 * 1024;

/**
 * A model that is sent the bytes of uploaded pictures in place of their addresses, which its endpoint can seldom reach
 * and has no key for: 8 MiB in one request. Its stream throws ModelError `invalid_images` for an address of ours where
 * the workflow's tenant has no picture, and for too much.
 */
export const showLocalImages = (models: ModelProvider, local: LocalFiles): ModelProvider => ({
  async *stream(request, signal) {
    yield* models.stream(await withBytes(request, local), signal);
  },
});

async function withBytes(request: ModelRequest, local: LocalFiles): Promise<ModelRequest> {
  const read = createImageReader(request.tenantId, local);
  const messages: ModelMessage[] = [];
  for (const message of request.messages) {
    if (message.role !== 'user' || message.images === undefined) {
      messages.push(message);
      continue;
    }
    const images: ModelImage[] = [];
    for (const image of message.images) images.push(await read(image));
    messages.push({ ...message, images });
  }
  return { ...request, messages };
}

/** Reads the pictures of one request, one after another, so that no more of them is in memory than may be. */
function createImageReader(tenantId: string | undefined, local: LocalFiles) {
  let left = MAX_BYTES;
  return async (image: ModelImage): Promise<ModelImage> => {
    if (!local.isLocal(image.url)) return image;
    const opened = tenantId === undefined ? undefined : await local.open(tenantId, image.url);
    if (opened === undefined) throw invalid('an image is not there');
    const { file, content } = opened;
    if (!file.mediaType.startsWith('image/')) throw invalid(`${file.id} is no image`);
    left -= content.size;
    if (left < 0) throw invalid(`the images have more than ${MAX_BYTES} bytes together`);
    const base64 = Buffer.from(await content.arrayBuffer()).toString('base64');
    return { url: `data:${file.mediaType};base64,${base64}` };
  };
}

const invalid = (message: string): ModelError =>
  new ModelError(message, { code: 'invalid_images', retryable: false });
