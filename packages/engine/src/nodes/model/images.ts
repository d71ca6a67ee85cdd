import { NodeError } from '../../errors.ts';
import type { JsonValue } from '../../events.ts';
import type { ModelImage } from '../../ports.ts';

const MAX_IMAGES = 20;
const MAX_SIZE = 8 * 1024 * 1024;
const MAX_URL = 8_192;
const DATA_URL = /^data:image\/[A-Za-z0-9.+-]{1,64};base64,[A-Za-z0-9+/]+={0,2}$/;

/** The pictures of all messages of one request: at most 20, and 8 MiB of URLs together. */
export interface ImageReader {
  /**
   * The pictures that one message's `images` names: one URL (http, https, or data with base64) or a list.
   * Null and empty texts name none. Throws NodeError `invalid_images`.
   */
  read(value: JsonValue, message: number): readonly ModelImage[];
}

export function createImageReader(): ImageReader {
  let count = 0;
  let size = 0;

  return {
    read(value, message) {
      const urls = Array.isArray(value) ? value : [value];
      const images: ModelImage[] = [];
      for (const url of urls) {
        if (url === null || url === '') continue;
        if (typeof url !== 'string' || !isImageUrl(url)) throw notAnImage(message);
        count += 1;
        size += url.length;
        if (count > MAX_IMAGES) throw refusal(message, `brings more than ${MAX_IMAGES} images in all`);
        if (size > MAX_SIZE)
          throw refusal(message, `brings more than ${MAX_SIZE} characters of images in all`);
        images.push({ url });
      }
      return images;
    },
  };
}

function isImageUrl(url: string): boolean {
  if (url.startsWith('data:')) return DATA_URL.test(url);
  return url.length <= MAX_URL && /^https?:\/\//i.test(url) && URL.canParse(url);
}

const notAnImage = (message: number): NodeError =>
  refusal(message, 'has an image that is no http, https or data:image URL (base64)');

// The value itself is not told: it may be large, and URLs may carry keys.
const refusal = (message: number, fault: string): NodeError =>
  new NodeError(`message ${message} ${fault}`, { code: 'invalid_images' });
