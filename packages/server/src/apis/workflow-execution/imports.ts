import type { ImportReport } from '@flowwire/contract/workflow-execution';
import { importDefinition, type MovedSecret, newId } from '@flowwire/engine';
import { type Fault, faultsOf } from '../definition-faults.ts';
import { type ErrorDetail, refusal } from '../refusal.ts';
import type { Part, WorkflowExecutionDeps } from './deps.ts';
import { toWorkflow } from './records.ts';
import { settleSecretNames } from './secret-names.ts';

type ImportResult = ReturnType<typeof importDefinition>;

/** Makes workflows of texts in our format and in others. */
export function createImportHandlers({
  workflows,
  secrets,
  checkSchema,
  now,
}: WorkflowExecutionDeps): Part<'importWorkflow'> {
  return {
    async importWorkflow({ body, context: { tenantId } }) {
      const { content, format, secrets: wish = 'move', dry_run: isDryRun = false } = body;
      const result = importDefinition(content, {
        secrets: wish,
        ...(format === undefined ? {} : { format }),
      });
      if (!result.ok) return refused(result, problemsOf(result));
      const faults = await faultsOf(result.definition, checkSchema);
      if (faults.length > 0) return refused(result, faults.map(toDetail));

      const settled = await settleSecretNames(secrets, tenantId, result.definition, result.secrets);
      const report = toReport(result, settled.secrets);
      if (isDryRun) return { status: 200, body: { definition: settled.definition, report } };

      const at = now();
      for (const { name, value } of settled.secrets) await secrets.set(tenantId, name, value, at);
      const stored = await workflows.create({
        id: newId('wf', at),
        tenantId,
        definition: settled.definition,
        ...sourceOf(result, content),
        createdAt: at,
      });
      return {
        status: 201,
        body: { workflow: toWorkflow(stored), report },
        headers: { Location: `/api/workflow/${stored.id}` },
      };
    },
  };
}

/** What is kept of a foreign text: nothing where secrets or credentials stood in it. */
function sourceOf({ format, secrets, hasCredentials }: Extract<ImportResult, { ok: true }>, text: string) {
  if (format === undefined || format === 'native' || secrets.length > 0 || hasCredentials) return {};
  return { source: { format, text } };
}

function refused(result: ImportResult, details: readonly ErrorDetail[]) {
  const reasons = `${details.length} ${details.length === 1 ? 'reason' : 'reasons'}`;
  const message = `The text cannot be imported for ${reasons}.`;
  const { status, body } = refusal(422, 'import_failed', message, details);
  return { status, body: { ...body, report: toReport(result, []) } };
}

const IN_CONTENT = { in: 'body', pointer: '/content' } as const;

/** Findings are told only where no line of the text is known for them. */
const problemsOf = ({ problems, findings }: Extract<ImportResult, { ok: false }>): ErrorDetail[] =>
  problems.length === 0
    ? findings.map(toDetail)
    : problems.map(({ message, line, nodeId }) => ({
        ...IN_CONTENT,
        code: 'import',
        message,
        line,
        ...(nodeId === undefined ? {} : { node_id: nodeId }),
      }));

const toDetail = ({ pointer, code, message, nodeId }: Fault): ErrorDetail => ({
  ...IN_CONTENT,
  code,
  message: `at ${pointer || '/'} of the definition that it would become: ${message}`,
  ...(nodeId === undefined ? {} : { node_id: nodeId }),
});

const toReport = (result: ImportResult, secrets: readonly MovedSecret[]): ImportReport => ({
  ...(result.format === undefined ? {} : { format: result.format }),
  nodes: result.rows.map(({ nodeId, nodeType, title, line, status, importedAs, note }) => ({
    node_id: nodeId,
    node_type: nodeType,
    ...(title === undefined ? {} : { title }),
    line,
    status,
    imported_as: importedAs.map((node) => ({ ...node })),
    ...(note === undefined ? {} : { note }),
  })),
  notes: (result.ok ? result.notes : []).map(({ message, line, nodeId }) => ({
    message,
    line,
    ...(nodeId === undefined ? {} : { node_id: nodeId }),
  })),
  secrets: secrets.map(({ name }) => name),
});
