import { METHODS } from 'node:http';
import type { ApiModel, OperationModel } from '../model/api.ts';

/** What of a model can be served, and why the rest cannot. */
export interface Servable {
  readonly model: ApiModel;
  readonly left: readonly string[];
}

/** Leaves out of security what no request can be asked for: client certificates. */
const withoutCertificates = <T extends Pick<OperationModel, 'security'>>(
  secured: T,
  { securitySchemes }: ApiModel,
): T => ({
  ...secured,
  security: secured.security.map((requirement) =>
    Object.fromEntries(
      Object.entries(requirement).filter(([name]) => securitySchemes[name]?.type !== 'mutualTLS'),
    ),
  ),
});

/** The same for paths that only differ in the names of their parameters. */
const routeOf = ({ method }: OperationModel, path: string): string =>
  `${method} ${path.replaceAll(/\{[^}]*\}/g, '{}')}`;

/** Picks what a mock can serve of a foreign document, so that one odd operation does not take the others with it. */
export function servable(model: ApiModel): Servable {
  const left: string[] = [];
  const taken = new Map<string, string>();
  const operations = model.operations.flatMap((operation): OperationModel[] => {
    const { operationId, method, path } = operation;
    if (!METHODS.includes(method)) {
      left.push(
        `${method} ${path} is not served: Node ${process.version} reads no requests with this method.`,
      );
      return [];
    }
    const other = taken.get(routeOf(operation, path));
    if (other !== undefined) {
      left.push(`${method} ${path} (${operationId}) is not served: it has the route of ${other}.`);
      return [];
    }
    const aliases = operation.aliases.filter((alias) => !taken.has(routeOf(operation, alias)));
    for (const each of [path, ...aliases]) taken.set(routeOf(operation, each), operationId);
    return [withoutCertificates({ ...operation, aliases }, model)];
  });
  const channels = model.channels.map((channel) => withoutCertificates(channel, model));
  return { model: { ...model, operations, channels }, left };
}
