import { type BundledDocument, entriesOf, itemsOf, textOf } from './document.ts';

/** How a credential goes with a request (OpenAPI 3.2 section 4.27, AsyncAPI 3.1 Security Scheme Object). */
export interface Credential {
  readonly kind: 'bearer' | 'basic' | 'header' | 'query' | 'cookie';
  /** Of the header, query parameter or cookie; empty for bearer and basic. */
  readonly name: string;
}

/** What an operation asks of its caller. */
export interface SecurityView {
  /** The credentials of one alternative: of one that can be shown in a sample, a bearer token first. */
  readonly credentials: readonly Credential[];
  /** Permissions that are no OAuth scopes, of all alternatives. Renderers do not show those. */
  readonly permissions: readonly string[];
}

const PLACES: readonly string[] = ['header', 'query', 'cookie'] satisfies Credential['kind'][];

const isPlace = (place: string): place is 'header' | 'query' | 'cookie' => PLACES.includes(place);

function credentialOf(scheme: Readonly<Record<string, unknown>>): Credential | undefined {
  const type = textOf(scheme.type);
  if (type === 'oauth2' || type === 'openIdConnect') return { kind: 'bearer', name: '' };
  if (type === 'http') {
    const isBasic = textOf(scheme.scheme)?.toLowerCase() === 'basic';
    return { kind: isBasic ? 'basic' : 'bearer', name: '' };
  }
  const place = textOf(scheme.in) ?? '';
  const name = textOf(scheme.name);
  return type === 'apiKey' && name !== undefined && isPlace(place) ? { kind: place, name } : undefined;
}

/** Reads the security requirements of an operation, or those of the document where it has none. */
export function readSecurity(
  operation: Readonly<Record<string, unknown>>,
  { root, follow }: BundledDocument,
): SecurityView {
  const schemes = follow(follow(root.components).securitySchemes);
  const alternatives = itemsOf(operation.security ?? root.security).map((requirement) =>
    entriesOf(requirement).map(([name, scopes]) => {
      const scheme = follow(schemes[name]);
      const isOAuth = scheme.type === 'oauth2' || scheme.type === 'openIdConnect';
      const permissions = isOAuth ? [] : itemsOf(scopes).flatMap((scope) => textOf(scope) ?? []);
      return { credential: credentialOf(scheme), permissions };
    }),
  );
  const usable = alternatives
    .map((schemesUsed) => schemesUsed.map(({ credential }) => credential))
    .filter((credentials): credentials is Credential[] => !credentials.includes(undefined));
  const chosen = usable.find((credentials) => credentials.some(({ kind }) => kind === 'bearer')) ?? usable[0];
  return {
    credentials: chosen ?? [],
    permissions: [...new Set(alternatives.flat().flatMap(({ permissions }) => permissions))],
  };
}
