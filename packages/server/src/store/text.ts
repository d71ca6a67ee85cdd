/** A text as both databases take it: PostgreSQL's has no NUL. For texts that are shown, not computed with. */
export const storable = (text: string): string => text.replaceAll('\u0000', '\ufffd');
