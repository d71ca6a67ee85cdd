import {
  BaseResolver,
  createConfig,
  type Document,
  lintDocument,
  type NormalizedProblem,
} from '@redocly/openapi-core';
import { isObject } from '../json.ts';
import type { Severity } from '../problems.ts';
import { at } from './cursor.ts';
import { isIdle, isInExtension } from './members.ts';
import type { SourceDocument } from './source.ts';

/** What Redocly checks for us. References we resolve ourselves, and what is left needs our own model. */
const RULES = {
  struct: 'error',
  'operation-parameters-unique': 'error',
  'path-parameters-defined': 'error',
  'path-not-include-query': 'error',
  'no-identical-paths': 'warn',
} as const;

/** Findings of rules for errors that change nothing of what is generated. */
const HARMLESS = [/ is not expected here\.$/, /^Path parameter .* is not used in the path/];

const MISSING = /^The field `(.+)` must be present on this level/;

/** Where this version of Redocly is wrong, or checks what everybody may write as they like. */
function isMistaken({ document, pointer, message }: Finding, root: SourceDocument): boolean {
  const { value } = at(document, pointer);
  const version = isObject(root.parsed) ? root.parsed.openapi : undefined;
  return (
    isInExtension(pointer) ||
    // It takes one of `components.mediaTypes` for a map of several.
    pointer.startsWith('/components/mediaTypes/') ||
    // It does not know the style `cookie`.
    (message.startsWith('`style` can be one of') && value === 'cookie') ||
    // Responses need no description any more (OpenAPI 3.2 section 4.17).
    (String(version).startsWith('3.2.') &&
      isResponse(pointer) &&
      MISSING.exec(message)?.[1] === 'description') ||
    // The address of a channel may be null (AsyncAPI 3.1 section "Channel Object").
    (value === null && /^(\/components)?\/channels\/[^/]+\/address$/.test(pointer))
  );
}

const isResponse = (pointer: string): boolean => /\/responses\/[^/]+$/.test(pointer);

/** What the reader of schemas understands all the same, and says together with what to write instead. */
const isToldBetter = ({ pointer, message }: Finding): boolean =>
  message.startsWith('Property `nullable` is not expected here.') ||
  (/\/exclusive(Min|Max)imum$/.test(pointer) &&
    message.startsWith('Expected type `number` but got `boolean`'));

/** One finding, at its place. */
export interface Finding {
  readonly document: SourceDocument;
  readonly pointer: string;
  readonly onKey: boolean;
  readonly message: string;
  readonly severity: Severity;
}

/** Gives Redocly the files that were read already, so that it neither reads nor parses. */
class LoadedFiles extends BaseResolver {
  readonly #find: (base: string | null, reference: string) => SourceDocument | undefined;

  constructor(find: (base: string | null, reference: string) => SourceDocument | undefined) {
    super();
    this.#find = find;
  }

  override async resolveDocument<T>(base: string | null, reference: string): Promise<Document<T>> {
    const found = this.#find(base, reference);
    if (!found) throw new Error('Not loaded.');
    return toRedocly(found);
  }
}

const toRedocly = <T>({ source, parsed }: SourceDocument): Document<T> =>
  // Sound: the type is only what Redocly hopes to find; it checks what it reads.
  ({ source, parsed: parsed as T });

function severityOf({ message, severity }: NormalizedProblem, pointer: string): Severity {
  const missing = MISSING.exec(message)?.[1];
  const place = missing === undefined ? pointer : `${pointer}/${missing}`;
  const isHarmless = isIdle(place) || HARMLESS.some((pattern) => pattern.test(message));
  return severity === 'warn' || isHarmless ? 'warning' : 'error';
}

/** A harmless finding that occurs a thousand times is told once. */
function summarize(findings: readonly Finding[]): Finding[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const { document, pointer, message, severity } = finding;
    const key = severity === 'error' ? `${pointer} ${message}` : message;
    const group = `${document.source.absoluteRef} ${key}`;
    groups.set(group, [...(groups.get(group) ?? []), finding]);
  }
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (!first || others.length === 0 || first.severity === 'error') return first ?? [];
    return { ...first, message: `${first.message} (${others.length} more like it)` };
  });
}

/** Checks an OpenAPI or AsyncAPI document of a supported version against its specification. */
export async function lint(
  root: SourceDocument,
  find: (base: string | null, reference: string) => SourceDocument | undefined,
): Promise<Finding[]> {
  const config = await createConfig({ rules: RULES });
  const found = await lintDocument({
    document: toRedocly(root),
    config,
    externalRefResolver: new LoadedFiles(find),
  });
  const findings = found.flatMap((problem): Finding[] => {
    const [place] = problem.location;
    const document = place && find(null, place.source.absoluteRef);
    return place && document ? [toFinding(problem, document, place.pointer, place.reportOnKey === true)] : [];
  });
  return summarize(findings.filter((finding) => !isMistaken(finding, root) && !isToldBetter(finding)));
}

function toFinding(
  problem: NormalizedProblem,
  document: SourceDocument,
  reported: string | undefined,
  onKey: boolean,
): Finding {
  const pointer = (reported ?? '').replace(/^#\/?/, '/').replace(/^\/$/, '');
  const { message, suggest } = problem;
  const advice = suggest.length > 0 ? ` Did you mean ${suggest.join(' or ')}?` : '';
  return {
    document,
    pointer,
    onKey,
    message: message + advice,
    severity: severityOf(problem, pointer),
  };
}
