import type { Convert } from '../conversion.ts';
import { at, textAt } from '../place.ts';
import { readVariables } from './variables.ts';

export const convertEnd: Convert = (conversion) => {
  const outputs = readVariables(at(conversion.data, 'outputs'), conversion);
  return [{ ...conversion.head, type: 'end', outputs }];
};

export const convertAnswer: Convert = ({ head, data, text }) => [
  { ...head, type: 'answer', template: text(data, 'answer') },
];

export const convertTemplate: Convert = (conversion) => {
  const variables = readVariables(at(conversion.data, 'variables'), conversion);
  const template = textAt(conversion.data, 'template') ?? '';
  return [{ ...conversion.head, type: 'template', template, variables }];
};
