import { fileURLToPath } from 'node:url';
import { type ApiModel, loadApi } from '@flowwire/codegen';
import type { ApiSuite } from './api.ts';
import { type DocumentedHeaders, loadHeaders } from './wire/headers.ts';

const SPECS = fileURLToPath(new URL('../../specs/', import.meta.url));

/** What an API's documents say beyond its contract: schemas to make requests from, and headers. */
export async function loadDocuments({
  specs,
  contract,
}: ApiSuite): Promise<{ readonly model: ApiModel; readonly headers: DocumentedHeaders }> {
  const folder = `${SPECS}${specs}`;
  const hasStream = Object.values(contract.operations).some(({ replies }) =>
    Object.values(replies).some(({ stream }) => stream !== undefined),
  );
  const openapi = `${folder}/openapi.yaml`;
  const [{ model }, headers] = await Promise.all([
    loadApi({
      openapi,
      ...(hasStream && { asyncapi: `${folder}/asyncapi.yaml` }),
      out: specs,
      name: contract.name,
    }),
    loadHeaders(openapi),
  ]);
  return { model, headers };
}
