import { BaseResolver } from '@redocly/openapi-core';

/** Reads files only: what is found and written must not depend on a network. */
export class OfflineResolver extends BaseResolver {
  override async loadExternalRef(ref: string): ReturnType<BaseResolver['loadExternalRef']> {
    if (/^https?:/i.test(ref)) throw new Error('References to URLs are not followed. Keep a copy as a file.');
    return super.loadExternalRef(ref);
  }
}
