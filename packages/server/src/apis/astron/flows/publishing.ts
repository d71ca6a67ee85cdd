import type { PublishRequest } from '@flowwire/contract/astron';
import type { Flow, NamedVersion, Platform, Release } from '../../../flows/flow-store.ts';
import type { Principal } from '../../../identity/principal.ts';
import type { AstronDeps, Part } from '../deps.ts';
import { refused, refusedAsFaulty, succeeded } from '../replies.ts';
import { faultsOfDraft } from './build.ts';
import { type FoundFlow, findFlow, isAppOf, untilSettled } from './find-flow.ts';
import { counted, importProtocol, withLabels } from './protocol.ts';
import { isPublished, isRunnable, type ReleaseOperation, servedVersion, statusAfter } from './release.ts';

type Reply = ReturnType<typeof refused> | ReturnType<typeof succeeded>;

const OPERATIONS: Readonly<Record<PublishRequest['release_status'], ReleaseOperation>> = {
  1: 'publish',
  2: 'publish_api',
  3: 'take_off',
};

// All of them are looked through for a run that names none.
const MAX_NAMES = 1_000;

/** Says which flows can be run, and by which apps. */
export const createPublishingHandlers = (deps: AstronDeps): Part<'publishFlow' | 'bindApp'> => ({
  async publishFlow({ body, context }) {
    const reply = await untilSettled(() => attempt(deps, context, body));
    return (
      reply ?? refused(deps.errors, 'FLOW_PUBLISH_ERROR', 'others change it at the same time; try again')
    );
  },

  async bindApp({ body: { flow_id: flowId, app_id: appId }, context }) {
    const { flows, audit, errors, now } = deps;
    const { tenantId } = context;
    const found = await findFlow(deps, tenantId, flowId);
    if (!found) return refused(errors, 'FLOW_NOT_FOUND_ERROR', flowId);
    if (!isPublished(found.flow.releaseStatus)) return refused(errors, 'FLOW_NOT_PUBLISH_ERROR', flowId);
    if (!(await isAppOf(deps, tenantId, appId))) return refused(errors, 'APP_NOT_FOUND_ERROR', appId);
    await flows.bind(tenantId, flowId, appId, now());
    await audit.record(context, 'app.bound', flowId, { app: appId });
    return succeeded(now());
  },
});

/** One attempt at what was asked for; undefined when somebody else has changed the flow meanwhile. */
async function attempt(
  deps: AstronDeps,
  principal: Principal,
  { flow_id: flowId, release_status, plat = 0, version: name = '', data }: PublishRequest,
): Promise<Reply | undefined> {
  const { flows, errors, audit, now } = deps;
  const found = await findFlow(deps, principal.tenantId, flowId);
  if (!found) return refused(errors, 'FLOW_NOT_FOUND_ERROR', flowId);
  const operation = OPERATIONS[release_status];
  const platform: Platform = plat === 0 ? found.flow.source : plat;
  const releaseStatus = statusAfter(found.flow.releaseStatus, operation, platform);
  if (releaseStatus === undefined)
    return refused(errors, 'APP_PLAT_NOT_RELEASE_OP_ERROR', `platform ${platform}`);
  if (operation === 'take_off') {
    if (!(await takeOff(deps, { ...found.flow, releaseStatus }))) return undefined;
    await audit.record(principal, 'workflow.taken_off', flowId, { platform });
    return succeeded(now());
  }
  const others = (await flows.versions(principal.tenantId, flowId)).filter((each) => each.name !== name);
  if (others.length >= MAX_NAMES)
    return refused(errors, 'FLOW_PUBLISH_ERROR', `it has ${MAX_NAMES} names; take one of them`);
  const prepared = await (data ? storeDefinition(deps, found, data) : checkDraft(deps, found));
  if (prepared === undefined || 'reply' in prepared) return prepared?.reply;
  const named: NamedVersion = { name, version: prepared.version, updatedAt: now() };
  if (!(await publish(deps, { ...prepared.flow, releaseStatus }, others, named))) return undefined;
  await audit.record(principal, 'workflow.published', flowId, {
    platform,
    operation,
    version: named.version,
    ...(name !== '' && { name }),
  });
  return succeeded(now());
}

/** A version that can be published, or why there is none. */
type Prepared = { readonly flow: Flow; readonly version: number } | { readonly reply: Reply };

async function checkDraft(deps: AstronDeps, { flow, draft }: FoundFlow): Promise<Prepared> {
  const faults = await faultsOfDraft(deps, draft);
  if (!faults) return { flow, version: draft.version };
  const detail = `the draft has ${counted(faults.findings.length, 'fault')}`;
  return { reply: refused(deps.errors, 'FLOW_PUBLISH_ERROR', detail, faults.findings) };
}

/** Makes a version of a definition that is not the draft; undefined when somebody else has changed the flow. */
async function storeDefinition(
  { flows, workflows, checkSchema, errors, now }: AstronDeps,
  { flow, draft }: FoundFlow,
  data: NonNullable<PublishRequest['data']>,
): Promise<Prepared | undefined> {
  const imported = await importProtocol(data, checkSchema);
  if (!imported.ok) return { reply: refusedAsFaulty(errors, imported) };
  const { name, description = '' } = draft.definition;
  const definition = withLabels(imported.definition, name, description);
  // Before there is a newer version: which one the draft is must be known by then.
  if (!(await flows.save(flow))) return undefined;
  const { tenantId, flowId: id } = flow;
  const next = { id, tenantId, definition, source: imported.source, createdAt: now() };
  const added = await workflows.addVersion(next, draft.latestVersion);
  if (added?.outcome !== 'added') return undefined;
  return { flow: { ...flow, revision: flow.revision + 1 }, version: added.workflow.version };
}

/** All APIs run from now on what a run here gets that names no version. */
async function publish(
  { flows, now }: AstronDeps,
  flow: Flow,
  others: readonly NamedVersion[],
  named: NamedVersion,
): Promise<boolean> {
  const served = servedVersion(flow, [...others, named]);
  const release: Release = { named, ...(served !== undefined && { publishedVersion: served }) };
  return flows.publish({ ...flow, updatedAt: now() }, release);
}

/** What can be run nowhere here is published in no other API either. */
const takeOff = ({ flows, now }: AstronDeps, flow: Flow): Promise<boolean> =>
  flows.publish(
    { ...flow, updatedAt: now() },
    isRunnable(flow.releaseStatus) ? {} : { publishedVersion: null },
  );
