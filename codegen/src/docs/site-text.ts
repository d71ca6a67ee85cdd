import type { Language } from './localize.ts';

/** What the site itself says; the documents say the rest. */
export interface SiteText {
  /** The language's own name, for the link that leads to it. */
  readonly name: string;
  readonly documentation: string;
  readonly intro: string;
  readonly http: string;
  readonly messages: string;
  readonly operations: string;
  readonly search: string;
  readonly searchHint: string;
  readonly searchEmpty: string;
  readonly searchNothing: string;
  readonly close: string;
  readonly theme: string;
  readonly apis: string;
  readonly rawDocuments: string;
  readonly needsScript: string;
  readonly translationNote: string;
  readonly streamSuffix: string;
  readonly jsonText: string;
  readonly errorCodes: string;
  readonly permissions: string;
  readonly streamedMessages: string;
  readonly sendAndReceive: string;
  readonly thisServer: string;
  readonly answeredBy: string;
  readonly withClient: string;
  readonly withPlatform: string;
}

/** With no blank between Chinese and its punctuation. */
export const SITE_TEXT: Readonly<Record<Language, SiteText>> = {
  en: {
    name: 'English',
    documentation: 'API reference',
    intro: 'Every operation and every message, with samples and a way to try them.',
    http: 'HTTP',
    messages: 'Messages',
    operations: 'Operations',
    search: 'Search',
    searchHint: 'An operation, a path, a field, a message ...',
    searchEmpty: 'Searches the operations and messages of all APIs.',
    searchNothing: 'Nothing found.',
    close: 'Close',
    theme: 'Light or dark',
    apis: 'APIs',
    rawDocuments: 'Documents',
    needsScript: 'The reference is drawn by a script. The documents are here:',
    translationNote: '',
    streamSuffix: ' (stream)',
    jsonText: 'A string of JSON. Decoded, it is this:',
    errorCodes: 'Codes',
    permissions: 'Permissions',
    streamedMessages: 'The messages of this stream',
    sendAndReceive:
      'SEND is what the application that this document describes sends, RECEIVE what it is sent by others.',
    thisServer: 'The server that this page comes from.',
    answeredBy: 'Answered by',
    withClient: 'With the generated client',
    withPlatform: 'With the platform alone',
  },
  zh: {
    name: '中文',
    documentation: 'API 参考',
    intro: '全部操作与消息，附代码示例，可直接试用。',
    http: 'HTTP',
    messages: '消息',
    operations: '操作',
    search: '搜索',
    searchHint: '操作、路径、字段、消息……',
    searchEmpty: '搜索所有 API 的操作与消息。',
    searchNothing: '没有结果。',
    close: '关闭',
    theme: '浅色或深色',
    apis: 'API 列表',
    rawDocuments: '原始文档',
    needsScript: '参考页面由脚本生成。原始文档在这里：',
    translationNote: '摘要与界面为中文，详细说明为英文。',
    streamSuffix: '（流式）',
    jsonText: 'JSON 字符串，解析后为：',
    errorCodes: '错误码',
    permissions: '所需权限',
    streamedMessages: '此流的消息',
    sendAndReceive: 'SEND 表示本文档所描述的应用发送的消息，RECEIVE 表示它接收的消息。',
    thisServer: '提供本页的服务器。',
    answeredBy: '应答消息',
    withClient: '使用生成的客户端',
    withPlatform: '仅使用平台自带功能',
  },
};
