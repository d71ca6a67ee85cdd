import type { Operation, SecurityScheme } from '@flowwire/contract';
import { type Cursor, child, entries, items, text } from '../load/cursor.ts';
import type { Documents } from '../load/documents.ts';

function readScheme(scheme: Cursor, documents: Documents): SecurityScheme | undefined {
  const type = text(child(scheme, 'type'));
  switch (type) {
    case 'http':
      return { type, scheme: (text(child(scheme, 'scheme')) ?? '').toLowerCase() };
    case 'apiKey':
    case 'httpApiKey': {
      const where = text(child(scheme, 'in'));
      if (where !== 'header' && where !== 'query' && where !== 'cookie') break;
      return { type: 'apiKey', in: where, name: text(child(scheme, 'name')) ?? '' };
    }
    case 'oauth2':
    case 'openIdConnect':
    case 'mutualTLS':
      return { type };
    default:
  }
  documents.warn(scheme, 'Not supported: a security scheme of this type. It is left out.');
  return undefined;
}

/** The security schemes of an OpenAPI or AsyncAPI document by name (OpenAPI 3.2 section 4.27). */
export function readSecuritySchemes(root: Cursor, documents: Documents): Record<string, SecurityScheme> {
  const schemes = entries(child(root, 'components', 'securitySchemes')).flatMap(([name, cursor]) => {
    const scheme = readScheme(documents.follow(cursor), documents);
    return scheme ? [[name, scheme] as const] : [];
  });
  return Object.fromEntries(schemes);
}

/**
 * Who may call an operation: as it says itself, else as the document says for all (OpenAPI 3.2 section 4.30).
 * A requirement that names several schemes needs all of them, an empty one none.
 */
export function readSecurity(root: Cursor, operation: Cursor, documents: Documents): Operation['security'] {
  const own = child(operation, 'security');
  const requirements = items(own.value === undefined ? child(root, 'security') : own);
  return requirements.map((requirement) =>
    Object.fromEntries(
      entries(requirement).map(([name, scopes]) => {
        if (child(root, 'components', 'securitySchemes', name).value === undefined) {
          documents.report(scopes, `There is no security scheme ${name} in components.securitySchemes.`);
        }
        return [name, items(scopes).flatMap((scope) => text(scope) ?? [])];
      }),
    ),
  );
}
