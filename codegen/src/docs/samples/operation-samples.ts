import type { BundledDocument } from '../document.ts';
import type { ExampleValues } from '../example-values.ts';
import type { OperationView } from '../operations.ts';
import type { SiteText } from '../site-text.ts';
import { type ClientSource, clientSample } from './client.ts';
import { curlSample } from './curl.ts';
import { javascriptSample, javascriptStreamSample } from './javascript.ts';
import { sampleRequest } from './request.ts';

/** One member of `x-codeSamples`, which Redocly began and other renderers read. */
export interface CodeSample {
  readonly lang: 'typescript' | 'curl' | 'javascript';
  readonly label: string;
  readonly source: string;
}

/** What samples of one API are made with. */
export interface SampleContext {
  readonly document: BundledDocument;
  readonly values: ExampleValues;
  readonly client: ClientSource;
  readonly text: SiteText;
}

function answerOf({ answers }: OperationView): 'json' | 'text' | 'bytes' | 'none' {
  const [first] = answers;
  if (!first) return 'none';
  if (/json/i.test(first.mediaType)) return 'json';
  return /^text\//i.test(first.mediaType) ? 'text' : 'bytes';
}

function singleSamples(operation: OperationView, context: SampleContext): CodeSample[] {
  const { document, values, client } = context;
  const { streamSwitch, events, answers } = operation;
  const overrides = streamSwitch ? { [streamSwitch.field]: streamSwitch.single } : {};
  const accept = events ? answers[0]?.mediaType : undefined;
  const request = sampleRequest(operation, document, values, accept, overrides);
  const call = clientSample(client, operation, document, values, false);
  return [
    ...(call === undefined ? [] : [{ lang: 'typescript', label: 'TypeScript', source: call } as const]),
    { lang: 'curl', label: 'curl', source: curlSample(request, false) },
    { lang: 'javascript', label: 'JavaScript', source: javascriptSample(request, answerOf(operation)) },
  ];
}

function streamSamples(operation: OperationView, context: SampleContext): CodeSample[] {
  const { document, values, client, text } = context;
  const { streamSwitch, events = [], answers } = operation;
  const overrides = streamSwitch ? { [streamSwitch.field]: streamSwitch.stream } : {};
  const request = sampleRequest(operation, document, values, 'text/event-stream', overrides);
  const call = clientSample(client, operation, document, values, true);
  const suffix = answers.length > 0 ? text.streamSuffix : '';
  return [
    ...(call === undefined
      ? []
      : [{ lang: 'typescript', label: `TypeScript${suffix}`, source: call } as const]),
    { lang: 'curl', label: `curl${suffix}`, source: curlSample(request, true) },
    { lang: 'javascript', label: `JavaScript${suffix}`, source: javascriptStreamSample(request, events) },
  ];
}

/**
 * Shows how an operation is called: with the generated client, with curl and with the platform's fetch;
 * both ways where it answers once or with a stream.
 */
export function samplesOf(operation: OperationView, context: SampleContext): CodeSample[] {
  const { events, answers } = operation;
  if (!events) return singleSamples(operation, context);
  const single = answers.length > 0 ? singleSamples(operation, context) : [];
  return [...single, ...streamSamples(operation, context)];
}
