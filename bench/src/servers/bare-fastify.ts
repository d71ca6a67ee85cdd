// A peer of the http benchmark: Fastify with the same routes, and bodies validated by Ajv against the schemas of the
// documents. No credentials, no store: it answers what it was started with.
import { Ajv2020 } from 'ajv/dist/2020.js';
import Fastify from 'fastify';
import { readRoutes } from '../lib/peer-routes.ts';
import { report } from '../lib/serve.ts';

const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
const app = Fastify();
app.setValidatorCompiler<object>(({ schema }) => ajv.compile(schema));
for (const { method, path, status, body, schema } of readRoutes()) {
  app.route({
    method,
    url: path,
    ...(schema && { schema: { body: schema } }),
    handler: async (_request, reply) => reply.code(status).send(body),
  });
}
const url = await app.listen({ port: 0, host: '127.0.0.1' });
report({ url });
