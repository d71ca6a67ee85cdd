import type { QuestionNode } from '../../../definition/types.ts';
import type { Conversion, Convert } from '../conversion.ts';
import { at, itemsAt, numberAt, type Place, textAt } from '../place.ts';

const HOUR_MS = 3_600_000;
const UNITS: ReadonlyMap<string, number> = new Map([
  ['hour', HOUR_MS],
  ['hours', HOUR_MS],
  ['day', 24 * HOUR_MS],
  ['days', 24 * HOUR_MS],
]);
const MAX_EXPIRY_MS = 2_592_000_000;
const TEXT_INPUTS: ReadonlySet<string> = new Set(['paragraph', 'text-input']);
/** Where the form shows the input of a field. */
const FIELD = /\{\{#\$output\.[^#{}\s]{1,128}#\}\}/g;

/**
 * A form with buttons only is a question with choices; one with one text field and one button is a question
 * that is answered with text.
 */
export const convertQuestion: Convert = (conversion) => {
  const { data, head, problem } = conversion;
  noteDelivery(conversion);
  const inputs = itemsAt(data, 'inputs');
  const actions = itemsAt(data, 'user_actions');
  const isText = asksForText(data);
  if (inputs.length > 0 && !isText) {
    const advice = 'ask one question node after the other instead';
    problem(`a form with fields can only have one text field and one button; ${advice}`, at(data, 'inputs'));
  }
  if (actions.length === 0) problem('it has no actions', at(data, 'user_actions'));
  const node: QuestionNode = {
    ...head,
    type: 'question',
    question: readForm(conversion),
    ...(!isText && { choices: readChoices(conversion) }),
    ...readExpiry(conversion),
  };
  return [node];
};

/** Whether a form has one text field and one button. */
export function asksForText(data: Place): boolean {
  const inputs = itemsAt(data, 'inputs');
  const isText = inputs.every((input) => TEXT_INPUTS.has(textAt(input, 'type') ?? ''));
  return isText && inputs.length === 1 && itemsAt(data, 'user_actions').length === 1;
}

function readForm({ data, problem, textOf }: Conversion): string {
  const place = at(data, 'form_content');
  const text = textOf((textAt(place) ?? '').replace(FIELD, ''), place).trim();
  if (text === '') problem('its form has no text', place);
  return text;
}

function readChoices({ data, problem, textOf }: Conversion): NonNullable<QuestionNode['choices']> {
  return itemsAt(data, 'user_actions').map((action) => {
    const id = textAt(action, 'id') ?? '';
    if (id === '' || id === 'text' || id.length > 64) problem('an action has no usable id', action);
    return { id, label: textOf(textAt(action, 'title') || id, action) };
  });
}

function readExpiry({ data, branches, note, problem }: Conversion): Pick<QuestionNode, 'expires_after_ms'> {
  const timeout = numberAt(data, 'timeout');
  if (timeout === undefined || timeout <= 0) return {};
  const unit = UNITS.get(textAt(data, 'timeout_unit') ?? 'hour');
  if (unit === undefined) problem('its time-out has an unknown unit', at(data, 'timeout_unit'));
  const wanted = Math.max(1, Math.round(timeout * (unit ?? HOUR_MS)));
  if (wanted > MAX_EXPIRY_MS) note('it waits 30 days at most');
  if (!branches) note('without an answer in time the run fails');
  return { expires_after_ms: Math.min(wanted, MAX_EXPIRY_MS) };
}

function noteDelivery({ data, note }: Conversion): void {
  const others = itemsAt(data, 'delivery_methods')
    .map((method) => textAt(method, 'type')?.slice(0, 40) ?? '')
    .filter((type) => type !== '' && type !== 'webapp');
  if (others.length === 0) return;
  note(`nothing is sent by ${[...new Set(others)].slice(0, 10).join(', ')}; put a notify node before it`);
}
