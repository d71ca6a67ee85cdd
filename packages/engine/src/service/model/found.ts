import type { WorkflowNode } from '../../definition/types.ts';
import type { Scenario } from './workflows.ts';

const odd = (id: string, content: string): WorkflowNode => ({
  id,
  type: 'llm',
  messages: [{ role: 'user', content }],
  timeout_ms: 86_400_000,
  retry: { max_attempts: 3 },
});

/**
 * Two containers that fail in one moment, one of which ends the run: nodes inside the other one were left without
 * their end. Found by the model.
 */
export const TWO_CONTAINERS_FAIL: Scenario = {
  definition: {
    name: 'two containers fail',
    variables: { total: { default: 0 } },
    nodes: [
      { id: 'start1', type: 'start' },
      {
        id: 'each2',
        type: 'iteration',
        items: [0, 1],
        parallel: 2,
        body: {
          nodes: [
            odd('odd4', 'odd4@{{ start1.mark }}.{{ each2.index }}|'),
            { id: 'join3', type: 'aggregator', values: ['{{ odd4.text }}'] },
          ],
          edges: [{ from: 'odd4', to: 'join3' }],
        },
        output: '{{ join3.output }}',
        on_item_error: 'fail',
      },
      {
        id: 'loop5',
        type: 'loop',
        variables: { told: '' },
        max_rounds: 1,
        body: {
          nodes: [
            odd('odd6', 'odd6@{{ start1.mark }}.{{ loop5.round }}|'),
            {
              id: 'keep7',
              type: 'assign',
              items: [{ target: 'loop5.told', operation: 'append', value: '/{{ odd6.text }}' }],
            },
          ],
          edges: [{ from: 'odd6', to: 'keep7' }],
        },
      },
      odd('odd8', 'odd8@{{ start1.mark }}|{{ each2.output }}+{{ loop5.told }}'),
      { id: 'end9', type: 'end', outputs: { said: '{{ odd8.text }}', total: '{{ vars.total }}' } },
    ],
    edges: [
      { from: 'start1', to: 'each2' },
      { from: 'start1', to: 'loop5' },
      { from: 'each2', to: 'odd8' },
      { from: 'loop5', to: 'odd8' },
      { from: 'odd8', to: 'end9' },
    ],
  },
  subflows: new Map(),
};
