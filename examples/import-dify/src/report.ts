import type { ImportReport } from '@flowwire/contract/workflow-execution';

/** Prints a row for each node of the file, and what is different beyond single nodes. */
export function printReport({ nodes, notes, secrets }: ImportReport): void {
  console.table(
    nodes.map(({ line, title, node_id, node_type, status, imported_as }) => ({
      line,
      node: title || node_id,
      type: node_type,
      status,
      'imported as': imported_as.map(({ type }) => type).join(', '),
    })),
  );
  for (const { line, title, node_id, note } of nodes) {
    if (note !== undefined) console.log(`line ${line}, ${title || node_id}: ${note}`);
  }
  for (const { line, message } of notes) console.log(`line ${line}: ${message}`);
  if (secrets.length > 0) console.log(`These secrets were moved out of it: ${secrets.join(', ')}`);
}
