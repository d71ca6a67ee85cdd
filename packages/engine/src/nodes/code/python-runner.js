// @ts-check

/** File descriptors that exist nowhere but in the imports of the sandbox: what a job answers. */
export const OUTPUTS_FD = 1000;
export const FAILURE_FD = 1001;

/**
 * Python that prepares an interpreter and, job by job, runs one. It has no power that the job's code has not:
 * what it says about a job is checked outside.
 */
export const RUNNER = String.raw`
import asyncio, builtins, collections, datetime, decimal, enum, functools, gc, hashlib, html, inspect, io
import itertools, json, math, operator, os, random, re, statistics, string, sys, textwrap, time, traceback
import types, typing, unicodedata, urllib.parse, uuid, base64, binascii, copy, csv, dataclasses, fractions
import heapq, bisect, calendar, difflib, zoneinfo, asyncio.events, asyncio.base_events

MAX_DEPTH = 200
MAX_VALUES = 300_000
MAX_MESSAGE = 2_000
SAFE_INTEGER = 2**53 - 1


class JobError(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Loop(asyncio.base_events.BaseEventLoop):
    """Timers and coroutines; there is nothing else to wait for."""

    def __init__(self):
        super().__init__()
        self._selector = self

    def select(self, timeout):
        if timeout is None:
            raise JobError('code_failed', 'the coroutine waits for what can never happen')
        if timeout > 0:
            time.sleep(timeout)
        return ()

    def _process_events(self, events):
        pass

    def _write_to_self(self):
        pass


class Policy(asyncio.events._BaseDefaultEventLoopPolicy):
    _loop_factory = Loop


def seal():
    """Takes out what spoke to JavaScript. The imports of the sandbox would refuse it anyway."""
    asyncio.run = asyncio.runners.run
    time.sleep = sys.modules['pyodide.webloop']._orig_sleep
    hidden = ('js', 'pyodide', 'pyodide_js', '_pyodide', '_pyodide_core', 'ctypes', '_ctypes', 'micropip')
    for name in list(sys.modules):
        if name.partition('.')[0] in hidden:
            del sys.modules[name]
    # None makes an import say that there is no such module.
    sys.modules.update(dict.fromkeys(hidden))
    sys.meta_path[:] = [finder for finder in sys.meta_path if isinstance(finder, type)]
    sys.path[:] = [path for path in sys.path if path.endswith('.zip')]
    sys.argv[:] = ['main.py']
    os.environ.clear()
    os.environ.update(HOME='/home/pyodide', LANG='C.UTF-8')
    asyncio.events._event_loop_policy = Policy()
    asyncio.events._set_running_loop(None)
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False), 'utf-8')
    sys.stdout, sys.stderr = writer(1), writer(2)
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr
    sys.excepthook = sys.__excepthook__
    gc.collect()


def writer(fd):
    raw = io.BufferedWriter(io.FileIO(fd, 'w', closefd=False))
    return io.TextIOWrapper(raw, 'utf-8', errors='backslashreplace', newline='\n', line_buffering=True)


def read_job():
    parts = []
    while part := os.read(0, 1 << 20):
        parts.append(part)
    return json.loads(b''.join(parts))


def write(fd, text):
    data = memoryview(text.encode('utf-8', 'replace'))
    while data:
        data = data[os.write(fd, data):]


def run():
    stdout, stderr = sys.stdout, sys.stderr
    try:
        random.seed()
        job = read_job()
        outputs = json.dumps(returned(job['source'], job['inputs']), ensure_ascii=False)
        stdout.flush()
        stderr.flush()
        write(${OUTPUTS_FD}, outputs)
    except BaseException as error:
        write(${FAILURE_FD}, json.dumps(describe(error)))


def returned(source, inputs):
    module = types.ModuleType('__main__')
    sys.modules['__main__'] = module
    exec(compile(source, 'main.py', 'exec', dont_inherit=True), module.__dict__)
    main = module.__dict__.get('main')
    if not callable(main):
        raise JobError('code_failed', 'the source defines no function main(inputs)')
    value = call(main, inputs)
    if inspect.isawaitable(value):
        value = Loop().run_until_complete(settled(value))
    if not isinstance(value, dict):
        raise JobError('invalid_outputs', f'main must return a dict, not {named(value)}')
    return Plain().of(value, '', 0)


async def settled(value):
    return await value


def call(main, inputs):
    parameters = list(inspect.signature(main).parameters.values())
    plain = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if len(parameters) == 1 and len(plain) == 1:
        name = plain[0].name
        if name in ('inputs', 'args') or name not in inputs:
            return main(**{name: inputs}) if plain[0].kind == plain[0].KEYWORD_ONLY else main(inputs)
    if not plain and any(p.kind == p.VAR_POSITIONAL for p in parameters):
        return main(inputs)
    positional, named = [], {}
    for p in plain:
        if p.name not in inputs:
            if p.default is p.empty:
                raise JobError('code_failed', f'main wants {p.name}, which is not among the inputs')
        elif p.kind == p.POSITIONAL_ONLY:
            positional.append(inputs[p.name])
        else:
            named[p.name] = inputs[p.name]
    if any(p.kind == p.VAR_KEYWORD for p in parameters):
        taken = {p.name for p in plain}
        named.update((name, value) for name, value in inputs.items() if name not in taken)
    return main(*positional, **named)


class Plain:
    """Values as JSON knows them."""

    def __init__(self):
        self.count = 0

    def of(self, value, at, depth):
        self.count += 1
        if self.count > MAX_VALUES:
            raise JobError('output_too_large', f'main returned more than {MAX_VALUES} values')
        if value is None or value is True or value is False:
            return value
        if isinstance(value, enum.Enum):
            return self.of(value.value, at, depth + 1)
        if isinstance(value, str):
            return str.__str__(value)
        if isinstance(value, int):
            if abs(int(value)) > SAFE_INTEGER:
                raise JobError('invalid_outputs', f'{at or "main"} is an integer beyond 2**53: return it as text')
            return int(value)
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else None
        if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
            return value.isoformat()
        if isinstance(value, (decimal.Decimal, uuid.UUID)):
            return str(value)
        if depth >= MAX_DEPTH:
            raise JobError('invalid_outputs', f'main returned more than {MAX_DEPTH} levels, or a circular value')
        if isinstance(value, dict):
            return {self.key(k, at): self.of(v, f'{at}/{k}'[:200], depth + 1) for k, v in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self.of(item, f'{at}/{i}'[:200], depth + 1) for i, item in enumerate(value)]
        raise JobError('invalid_outputs', f'{at or "main"} is {named(value)}, which JSON does not have')

    def key(self, key, at):
        if isinstance(key, str):
            return str.__str__(key)
        if key is None or isinstance(key, (bool, int, float)):
            return json.dumps(key)
        raise JobError('invalid_outputs', f'{at or "main"} has a key that is {named(key)}: keys are texts')


def named(value):
    return 'None' if value is None else f'a value of type {type(value).__name__}'


def describe(error):
    if isinstance(error, JobError):
        return {'code': error.code, 'message': str(error)[:MAX_MESSAGE]}
    if isinstance(error, MemoryError):
        return {'code': 'code_memory_limit', 'message': 'the code ran out of memory'}
    try:
        said = str(error)
    except BaseException:
        said = 'an error that cannot be told'
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == 'main.py']
    line = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else None
    where = '' if line is None else f' (line {line})'
    kind = type(error).__name__
    return {'code': 'code_failed', 'message': (f'{kind}: {said}' if said else kind)[:MAX_MESSAGE] + where}
`;
