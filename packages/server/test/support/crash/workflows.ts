import type { WorkflowBody, WorkflowDefinition, WorkflowNode } from '@flowwire/contract/workflow-execution';

const row = (...nodes: WorkflowNode[]): WorkflowBody => ({
  nodes,
  edges: nodes.slice(1).map(({ id }, index) => ({ from: nodes[index]?.id ?? '', to: id })),
});

/** What the answer of each workflow below comes to, with `said` as what the model says. */
export const ANSWERS: Readonly<Record<string, (said: string) => string>> = {
  row: (said) => `done ${said} done`,
  beside: (said) => `${said}|${said}|done`,
  each: (said) => `[a ${said}][b ${said}][c ${said}][d ${said}]`,
  loop: () => 'xxx after 3',
  question: (said) => `B, ${said}`,
};

/** Workflows that call a service at `url` and the model, each in another shape. */
export function crashWorkflows(url: string): readonly WorkflowDefinition[] {
  const call = (id: string, place = ''): WorkflowNode => ({
    id,
    type: 'http',
    method: 'POST',
    url,
    headers: { 'X-Node': `{{ sys.run_id }}/${id}${place}` },
    retry: { max_attempts: 3, backoff_ms: 1 },
  });
  const say = (id: string): WorkflowNode => ({ id, type: 'llm', messages: [{ role: 'user', content: id }] });
  const reply = (template: string): WorkflowNode => ({ id: 'reply', type: 'answer', template });
  const start: WorkflowNode = { id: 'start', type: 'start' };
  return [
    {
      name: 'row',
      ...row(
        start,
        call('one'),
        say('write'),
        call('two'),
        reply('{{ one.body }} {{ write.text }} {{ two.body }}'),
      ),
    },
    {
      name: 'beside',
      nodes: [
        start,
        call('left'),
        say('middle'),
        say('right'),
        reply('{{ middle.text }}|{{ right.text }}|{{ left.body }}'),
      ],
      edges: ['left', 'middle', 'right'].flatMap((id) => [
        { from: 'start', to: id },
        { from: id, to: 'reply' },
      ]),
    },
    {
      name: 'each',
      ...row(start, {
        id: 'each',
        type: 'iteration',
        items: ['a', 'b', 'c', 'd'],
        parallel: 3,
        body: row(
          call('fetch', '/{{ each.index }}'),
          say('write'),
          reply('[{{ each.item }} {{ write.text }}]'),
        ),
        output: '{{ fetch.body }}',
      }),
    },
    {
      name: 'loop',
      ...row(
        start,
        {
          id: 'loop',
          type: 'loop',
          variables: { text: '' },
          max_rounds: 3,
          body: row(call('fetch', '/{{ loop.round }}'), {
            id: 'keep',
            type: 'assign',
            items: [{ target: 'loop.text', operation: 'append', value: 'x' }],
          }),
        },
        reply('{{ loop.text }} after {{ loop.rounds }}'),
      ),
    },
    {
      name: 'question',
      ...row(
        start,
        call('before'),
        {
          id: 'ask',
          type: 'question',
          question: 'Which?',
          choices: ['a', 'b'].map((id) => ({ id, label: id.toUpperCase() })),
        },
        call('after'),
        say('write'),
        reply('{{ ask.answer }}, {{ write.text }}'),
      ),
    },
  ];
}
