/** What inputs of flows call the files that they allow. */
export type FileCategory = 'image' | 'pdf' | 'doc' | 'ppt' | 'excel' | 'txt' | 'audio' | 'video' | 'subtitle';

/** What must be found in the bytes of a file. */
export type Evidence =
  /** One of the formats that `file-type` tells apart, by its own names. */
  | { readonly by: 'signature'; readonly formats: readonly string[] }
  /** An Office Open XML package with parts in this folder. */
  | { readonly by: 'package'; readonly folder: string }
  /** A compound file with one of these streams. */
  | { readonly by: 'compound'; readonly streams: readonly string[] }
  /** Text; `opening` must match its first 64 Ki characters. */
  | { readonly by: 'text'; readonly opening: RegExp };

/** A kind of file that may be uploaded. */
export interface FileKind {
  readonly extension: string;
  readonly category: FileCategory;
  readonly mediaType: string;
  readonly maxBytes: number;
  readonly evidence: Evidence;
}

const MIB = 1024 * 1024;
const MAX_BYTES = 50 * MIB;
const MAX_VIDEO_BYTES = 500 * MIB;

const OFFICE = 'application/vnd.openxmlformats-officedocument';

const signature = (...formats: string[]): Evidence => ({ by: 'signature', formats });
const parts = (folder: string): Evidence => ({ by: 'package', folder });
const streams = (...names: string[]): Evidence => ({ by: 'compound', streams: names });
const text = (opening: RegExp): Evidence => ({ by: 'text', opening });

// Cameras and editors write each other's brands into the same container.
const MP4 = signature('mp4', 'm4v', 'mov', '3gp', '3g2', 'f4v');
const JPEG = signature('jpg');
const MPEG = signature('mpg');
// Plain text has no marks of its own. Some documents are written in nothing but such characters.
const PLAIN = text(/^(?!%PDF-)/);
const ASS = text(/^\[Script Info\]/im);

const TABLE: readonly (readonly [string, FileCategory, string, Evidence])[] = [
  ['jpg', 'image', 'image/jpeg', JPEG],
  ['jpeg', 'image', 'image/jpeg', JPEG],
  ['png', 'image', 'image/png', signature('png', 'apng')],
  ['bmp', 'image', 'image/bmp', signature('bmp')],
  ['pdf', 'pdf', 'application/pdf', signature('pdf')],
  ['doc', 'doc', 'application/msword', streams('WordDocument')],
  ['docx', 'doc', `${OFFICE}.wordprocessingml.document`, parts('word/')],
  ['ppt', 'ppt', 'application/vnd.ms-powerpoint', streams('PowerPoint Document')],
  ['pptx', 'ppt', `${OFFICE}.presentationml.presentation`, parts('ppt/')],
  ['xls', 'excel', 'application/vnd.ms-excel', streams('Workbook', 'Book')],
  ['xlsx', 'excel', `${OFFICE}.spreadsheetml.sheet`, parts('xl/')],
  ['csv', 'excel', 'text/csv', PLAIN],
  ['txt', 'txt', 'text/plain', PLAIN],
  ['mp3', 'audio', 'audio/mpeg', signature('mp3')],
  ['wav', 'audio', 'audio/wav', signature('wav')],
  ['m4a', 'audio', 'audio/mp4', signature('m4a', 'mp4', 'm4b', 'f4a')],
  ['aac', 'audio', 'audio/aac', signature('aac')],
  ['flac', 'audio', 'audio/flac', signature('flac')],
  ['ogg', 'audio', 'audio/ogg', signature('ogg', 'oga', 'opus', 'spx')],
  ['opus', 'audio', 'audio/ogg', signature('opus')],
  ['amr', 'audio', 'audio/amr', signature('amr')],
  ['wma', 'audio', 'audio/x-ms-wma', signature('asf')],
  ['srt', 'subtitle', 'application/x-subrip', text(/^[ \t]*\d{1,4}:\d\d:\d\d[,.]\d{1,3}[ \t]*-->/m)],
  ['vtt', 'subtitle', 'text/vtt', text(/^WEBVTT(?:[ \t\r\n]|$)/)],
  ['ass', 'subtitle', 'text/x-ssa', ASS],
  ['ssa', 'subtitle', 'text/x-ssa', ASS],
  ['mp4', 'video', 'video/mp4', MP4],
  ['m4v', 'video', 'video/mp4', MP4],
  ['mov', 'video', 'video/quicktime', MP4],
  ['3gp', 'video', 'video/3gpp', MP4],
  ['mkv', 'video', 'video/x-matroska', signature('mkv', 'webm')],
  ['webm', 'video', 'video/webm', signature('webm')],
  ['avi', 'video', 'video/x-msvideo', signature('avi')],
  ['wmv', 'video', 'video/x-ms-wmv', signature('asf')],
  ['flv', 'video', 'video/x-flv', signature('flv')],
  ['mpg', 'video', 'video/mpeg', MPEG],
  ['mpeg', 'video', 'video/mpeg', MPEG],
];

const KINDS: ReadonlyMap<string, FileKind> = new Map(
  TABLE.map(([extension, category, mediaType, evidence]) => {
    const maxBytes = category === 'video' ? MAX_VIDEO_BYTES : MAX_BYTES;
    return [extension, { extension, category, mediaType, maxBytes, evidence }];
  }),
);

/** What a file claims to be by the extension of its name; undefined for what is not allowed. */
export const kindOf = (name: string): FileKind | undefined =>
  KINDS.get(name.slice(name.lastIndexOf('.') + 1).toLowerCase());
