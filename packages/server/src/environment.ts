/** Reads variables of an environment and gathers what is wrong with them. */
export interface Environment {
  /** One line for each variable that cannot be used, and what would be. */
  readonly faults: string[];
  text(name: string): string | undefined;
  integer(name: string, fallback: number, min: number, max: number): number;
  /** A whole number from 1, or undefined for the word that means none: `forever`, if nothing else is said. */
  limit(name: string, fallback: number | undefined, max: number, none?: string): number | undefined;
  /** Texts separated by commas. `what` says which texts fit. */
  list(name: string, fits: (item: string) => boolean, what: string): string[];
  oneOf<Value extends string>(name: string, values: readonly Value[], fallback: Value): Value;
  url(name: string, protocols: readonly string[]): string | undefined;
}

/** What is only white space counts as absent. */
export function createEnvironment(env: Readonly<Record<string, string | undefined>>): Environment {
  const faults: string[] = [];
  const text = (name: string) => env[name]?.trim() || undefined;
  const isWithin = (value: number, min: number, max: number) =>
    Number.isInteger(value) && value >= min && value <= max;

  return {
    faults,
    text,
    integer(name, fallback, min, max) {
      const given = text(name);
      if (given === undefined) return fallback;
      if (isWithin(Number(given), min, max)) return Number(given);
      faults.push(`${name} must be a whole number from ${min} to ${max}, not "${given}"`);
      return fallback;
    },
    limit(name, fallback, max, none = 'forever') {
      const given = text(name);
      if (given === undefined) return fallback;
      if (given === none) return undefined;
      if (isWithin(Number(given), 1, max)) return Number(given);
      faults.push(`${name} must be a whole number from 1 to ${max}, or ${none}, not "${given}"`);
      return fallback;
    },
    list(name, fits, what) {
      const items = (text(name) ?? '')
        .split(',')
        .map((item) => item.trim())
        .filter(Boolean);
      const wrong = items.filter((item) => !fits(item));
      if (wrong.length > 0) faults.push(`${name} must be ${what}, not "${wrong.join(', ')}"`);
      return items;
    },
    oneOf(name, values, fallback) {
      const given = text(name);
      const value = given === undefined ? fallback : values.find((known) => known === given);
      if (value !== undefined) return value;
      faults.push(`${name} must be one of ${values.join(', ')}, not "${given}"`);
      return fallback;
    },
    url(name, protocols) {
      const given = text(name);
      if (given === undefined) return undefined;
      if (URL.canParse(given) && protocols.includes(new URL(given).protocol)) return given;
      faults.push(`${name} must be a URL that begins with ${protocols.join('// or ')}//`);
      return undefined;
    },
  };
}
