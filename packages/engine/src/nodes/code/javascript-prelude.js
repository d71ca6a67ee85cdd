// @ts-check

/**
 * JavaScript that QuickJS runs before the job's source, so that the job cannot replace what carries values in
 * and out. `print` is the host's. It evaluates to `{ call, stringify }`.
 */
export const PRELUDE = String.raw`
((print) => {
  const { parse, stringify } = JSON;
  const { hasOwn, freeze, fromEntries } = Object;
  const { apply } = Reflect;
  const { exec } = RegExp.prototype;
  const { slice, trim } = String.prototype;
  const toSource = Function.prototype.toString;
  const text = String;

  const format = (value) => {
    if (typeof value === 'string') return value;
    try {
      return stringify(value) ?? text(value);
    } catch {
      return typeof value === 'bigint' ? text(value) : '[value]';
    }
  };
  const log = (...values) => {
    let line = '';
    for (let i = 0; i < values.length; i++) line += (i > 0 ? ' ' : '') + format(values[i]);
    print(line);
  };
  globalThis.console = freeze(
    fromEntries(['debug', 'error', 'info', 'log', 'trace', 'warn'].map((name) => [name, log])));

  const LIST = /^(?:async\b\s*)?(?:function\b\s*)?\*?\s*[\w$]*\s*\(/;
  const LONE = /^(?:async\s+)?([\w$]+)\s*=>/;
  const NAME = /^[\w$]+/;
  const CLOSES = { '(': ')', '[': ']', '{': '}' };

  // Splits the text of a parameter list, which begins after its parenthesis, at its own commas.
  const split = (source) => {
    const found = [];
    let depth = 0;
    let current = '';
    for (let i = 0; i < source.length; i++) {
      const char = source[i];
      if (char === '/' && (source[i + 1] === '*' || source[i + 1] === '/')) {
        const end = source[i + 1] === '*' ? '*/' : '\n';
        i += 2;
        while (i < source.length && apply(slice, source, [i, i + end.length]) !== end) i++;
        i += end.length - 1;
        continue;
      }
      if (char === '"' || char === "'" || char === '\x60') {
        const from = i++;
        while (i < source.length && source[i] !== char) i += source[i] === '\\' ? 2 : 1;
        current += apply(slice, source, [from, i + 1]);
        continue;
      }
      if (CLOSES[char]) depth++;
      if (depth === 0 && (char === ')' || char === ',')) {
        const parameter = apply(trim, current, []);
        if (parameter !== '') found[found.length] = parameter;
        if (char === ')') break;
        current = '';
        continue;
      }
      if (char === ')' || char === ']' || char === '}') depth--;
      current += char;
    }
    return found;
  };

  // The names of a function's parameters; undefined for one that is taken apart.
  const parametersOf = (main) => {
    const source = apply(toSource, main, []);
    const lone = apply(exec, LONE, [source]);
    if (lone) return [lone[1]];
    const list = apply(exec, LIST, [source]);
    if (!list) return [];
    const names = [];
    for (const part of split(apply(slice, source, [list[0].length]))) {
      names[names.length] = apply(exec, NAME, [part])?.[0];
    }
    return names;
  };

  const wantsAll = (name, inputs, isOnly) =>
    name === undefined || (isOnly && (name === 'inputs' || name === 'args' || !hasOwn(inputs, name)));

  return {
    call: (main, json) => {
      const inputs = parse(json);
      const names = parametersOf(main);
      if (names.length === 0) return main(inputs);
      const values = [];
      for (let i = 0; i < names.length; i++) {
        const name = names[i];
        values[i] = wantsAll(name, inputs, names.length === 1)
          ? inputs
          : hasOwn(inputs, name) ? inputs[name] : undefined;
      }
      return apply(main, undefined, values);
    },
    stringify: (value) => stringify(value),
  };
})`;
