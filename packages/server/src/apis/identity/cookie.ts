const NAME = 'flowwire_session';

/** The `Set-Cookie` of a login; with an empty text and no seconds left, the one that takes it back. */
export const sessionCookie = (text: string, maxAgeSeconds: number, isSecure: boolean): string =>
  `${NAME}=${text}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; ${isSecure ? 'Secure; ' : ''}SameSite=Lax`;
