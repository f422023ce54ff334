// sdk.mjs URL - the vendors' SDKs against the stand-in: what they send is accepted, what they are sent
// they understand. TAP on stdout. Run by test_sdk.sh, in a folder whose node_modules has the SDKs.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import assert from 'node:assert/strict';

const require = createRequire(process.cwd() + '/');
const load = async (name) => import(pathToFileURL(require.resolve(name)).href);
const url = process.argv[2];
const which = process.argv[3]; // one wire, or all
let count = 0;
let failed = 0;

async function test(name, fn) {
  if (which && !name.startsWith(which)) return;
  count++;
  try {
    await fn();
    console.log(`ok ${count} - ${name}`);
  } catch (e) {
    failed++;
    console.log(`not ok ${count} - ${name}`);
    console.log(String(e.stack || e).replace(/^/gm, '# '));
  }
}
const state = async () => (await fetch(`${url}/standin/state`)).json();
async function asked(fn) { // how many requests fn sends
  const before = (await state()).requests;
  await fn();
  return (await state()).requests - before;
}
const host = { host: 'local', deep: { list: [1, 2.5, 'drei'], flag: true, nothing: null } };
const range = { query: 'rate(x[5m]) > 0', text: 'a "quoted" line\nand ünother' };
const words = 'Größe: 97 % — I look at both.';
const thought = 'First the database, then the rest. ✓';
const schema = { type: 'object', properties: {} };
const names = ['host_snapshot', 'prometheus_range', 'no_arguments', 'note'];

// ---- Anthropic ----
{
  const { default: Anthropic } = await load('@anthropic-ai/sdk');
  const client = new Anthropic({ apiKey: 'test', baseURL: url });
  const tools = names.map((name) => ({ name, description: 'A tool.', input_schema: schema }));
  const ask = (text, more = {}) => ({ model: 'claude-standin-5', max_tokens: 2048, tools,
    messages: [{ role: 'user', content: text }], ...more });

  await test('anthropic: thinking, text, parallel calls, usage; then the results', async () => {
    const first = ask('all parts', { thinking: { type: 'adaptive' },
      system: [{ type: 'text', text: 'You investigate.', cache_control: { type: 'ephemeral' } }] });
    const m = await client.messages.stream(first).finalMessage();
    assert.deepEqual(m.content.map((b) => b.type), ['thinking', 'text', 'tool_use', 'tool_use', 'tool_use']);
    assert.equal(m.content[0].thinking, thought);
    assert.ok(m.content[0].signature.length > 20);
    assert.equal(m.content[1].text, words);
    assert.deepEqual(m.content[2].input, host);
    assert.deepEqual(m.content[3].input, range);
    assert.deepEqual(m.content[4].input, {});
    assert.equal(m.stop_reason, 'tool_use');
    assert.equal(m.usage.input_tokens, 1200);
    assert.equal(m.usage.output_tokens, 80);
    assert.equal(m.usage.cache_read_input_tokens, 1000);
    assert.equal(m.usage.cache_creation_input_tokens, 7);
    const results = m.content.filter((b) => b.type === 'tool_use').map((b) => ({ type: 'tool_result',
      tool_use_id: b.id, content: 'result of the snapshot' }));
    const next = await client.messages.stream({ ...first, messages: [first.messages[0],
      { role: 'assistant', content: m.content }, { role: 'user', content: results }] }).finalMessage();
    assert.equal(next.content[0].text, 'The disk is full.');
  });
  await test('anthropic: the same without a stream', async () => {
    const m = await client.messages.create(ask('all parts'));
    assert.deepEqual(m.content[2].input, host);
    assert.equal(m.content[1].text, words);
    assert.equal(m.usage.output_tokens, 80);
  });
  await test('anthropic: split at every byte, CRLF', async () => {
    const m = await client.messages.stream(ask('every byte')).finalMessage();
    assert.equal(m.content[0].text, 'naïve café 漢字 🙂');
    assert.deepEqual(m.content[1].input, { a: '漢字' });
  });
  await test('anthropic: events that nobody knows', async () => {
    const m = await client.messages.stream(ask('something new')).finalMessage();
    assert.equal(m.content[0].text, 'one two');
    assert.deepEqual(m.content[1].input, { a: 1 });
  });
  await test('anthropic: lines end in CR', async () => {
    const m = await client.messages.stream(ask('carriage')).finalMessage();
    assert.equal(m.content[0].text, 'one two');
  });
  await test('anthropic: 429 and 529 are tried again', async () => {
    const n = await asked(async () => {
      const m = await client.messages.create(ask('say again'));
      assert.equal(m.content[0].text, 'third time');
    });
    assert.equal(n, 3);
  });
  await test('anthropic: x-should-retry: false is obeyed', async () => {
    const n = await asked(() => assert.rejects(client.messages.create(ask('do not retry')),
      (e) => e.status === 500 && e.type === 'api_error' && /req_standin/.test(e.requestID)));
    assert.equal(n, 1);
  });
  await test('anthropic: an error in the stream', async () => {
    await assert.rejects(client.messages.stream(ask('overloaded in the middle')).finalMessage(),
      (e) => /overloaded_error/.test(JSON.stringify(e.error ?? e.message)));
  });
  await test('anthropic: a stream that is cut, one without message_stop', async () => {
    await assert.rejects(client.messages.stream(ask('cut off')).finalMessage());
    await assert.rejects(client.messages.stream(ask('no end')).finalMessage());
  });
  await test('anthropic: what is refused', async () => {
    await assert.rejects(client.messages.create(ask('all parts', { temperature: 1 })),
      (e) => e instanceof Anthropic.BadRequestError && e.type === 'invalid_request_error');
    await assert.rejects(new Anthropic({ apiKey: 'bad', baseURL: url }).messages.create(ask('x')),
      (e) => e instanceof Anthropic.AuthenticationError);
  });
  await test('anthropic: max_tokens, tokens counted, models', async () => {
    assert.equal((await client.messages.create(ask('too long'))).stop_reason, 'max_tokens');
    const { max_tokens, ...rest } = ask('too long');
    assert.ok((await client.messages.countTokens(rest)).input_tokens > 0);
    assert.equal((await client.models.list()).data[0].id, 'standin-1');
  });
}

// ---- OpenAI ----
{
  const { default: OpenAI } = await load('openai');
  const client = new OpenAI({ apiKey: 'test', baseURL: `${url}/v1` });
  const tools = names.map((name) => ({ type: 'function', function: { name, parameters: schema } }));
  const ask = (text, more = {}) => ({ model: 'gpt-4o', tools, messages: [{ role: 'user', content: text }], ...more });
  const stream = (text) => client.chat.completions.stream(ask(text, { stream_options: { include_usage: true } }));

  await test('chat: text, parallel calls, usage; then the results', async () => {
    const c = await stream('all parts').finalChatCompletion();
    const m = c.choices[0].message;
    assert.equal(m.content, words);
    assert.equal(c.choices[0].finish_reason, 'tool_calls');
    assert.deepEqual(m.tool_calls.map((t) => t.function.name), names.slice(0, 3));
    assert.deepEqual(JSON.parse(m.tool_calls[0].function.arguments), host);
    assert.deepEqual(JSON.parse(m.tool_calls[1].function.arguments), range);
    assert.equal(c.usage.prompt_tokens, 2207);
    assert.equal(c.usage.completion_tokens, 80);
    assert.equal(c.usage.prompt_tokens_details.cached_tokens, 1000);
    assert.equal(c.usage.completion_tokens_details.reasoning_tokens, 12);
    const { parsed, ...plain } = m;
    plain.tool_calls = m.tool_calls.map(({ id, type, function: f }) => ({ id, type,
      function: { name: f.name, arguments: f.arguments } }));
    const next = await client.chat.completions.create(ask('all parts', { messages: [
      { role: 'user', content: 'go on' }, plain,
      ...m.tool_calls.map((t) => ({ role: 'tool', tool_call_id: t.id, content: 'result of the snapshot' }))] }));
    assert.equal(next.choices[0].message.content, 'The disk is full.');
  });
  await test('chat: split at every byte, CRLF; CR', async () => {
    const c = await stream('every byte').finalChatCompletion();
    assert.equal(c.choices[0].message.content, 'naïve café 漢字 🙂');
    assert.equal((await stream('carriage').finalChatCompletion()).choices[0].message.content, 'one two');
  });
  await test('chat: chunks that nobody knows', async () => {
    assert.equal((await stream('something new').finalChatCompletion()).choices[0].message.content, 'one two');
  });
  await test('chat: an error in the stream, a cut, no end', async () => {
    await assert.rejects(stream('overloaded in the middle').finalChatCompletion());
    await assert.rejects(stream('cut off').finalChatCompletion());
    await assert.rejects(stream('no end').finalChatCompletion());
  });
  await test('chat: what is refused', async () => {
    await assert.rejects(client.chat.completions.create(ask('x', { model: 'gpt-5', max_tokens: 5 })),
      (e) => e instanceof OpenAI.BadRequestError && e.code === 'unsupported_parameter' && e.param === 'max_tokens');
    await assert.rejects(new OpenAI({ apiKey: 'bad', baseURL: `${url}/v1` }).chat.completions.create(ask('x')),
      (e) => e instanceof OpenAI.AuthenticationError && e.code === 'invalid_api_key');
  });

  const flat = names.map((name) => ({ type: 'function', name, parameters: schema, strict: false }));
  const respond = (input, more = {}) => ({ model: 'gpt-5', tools: flat, input, ...more });
  await test('responses: reasoning, text, parallel calls, usage; then the results', async () => {
    const input = [{ role: 'user', content: 'all parts' }];
    const r = await client.responses.stream(respond(input)).finalResponse();
    assert.equal(r.status, 'completed');
    assert.equal(r.output_text, words);
    assert.deepEqual(r.output.map((o) => o.type), ['reasoning', 'message', 'function_call', 'function_call', 'function_call']);
    assert.equal(r.output[0].summary[0].text, thought);
    assert.deepEqual(JSON.parse(r.output[2].arguments), host);
    assert.deepEqual(JSON.parse(r.output[3].arguments), range);
    assert.equal(r.usage.input_tokens_details.cached_tokens, 1000);
    assert.equal(r.usage.output_tokens, 80);
    const outputs = r.output.filter((o) => o.type === 'function_call').map((o) => ({
      type: 'function_call_output', call_id: o.call_id, output: 'result of the snapshot' }));
    const next = await client.responses.create(respond([...input, ...r.output, ...outputs]));
    assert.equal(next.output_text, 'The disk is full.');
    await assert.rejects(client.responses.create(respond([...input, ...r.output])),
      (e) => e instanceof OpenAI.BadRequestError);
  });
  await test('responses: split at every byte; CR', async () => {
    assert.equal((await client.responses.stream(respond('every byte')).finalResponse()).output_text, 'naïve café 漢字 🙂');
    assert.equal((await client.responses.stream(respond('carriage')).finalResponse()).output_text, 'one two');
  });
  await test('responses: events that nobody knows (the plain iterator; the helper of 7.55.0 refuses them)', async () => {
    let text = '';
    for await (const e of await client.responses.create(respond('something new', { stream: true })))
      if (e.type === 'response.output_text.delta') text += e.delta;
    assert.equal(text, 'one two');
    await assert.rejects(client.responses.stream(respond('something new')).finalResponse(), /Unhandled response stream event/);
  });
  await test('responses: the first event is response.created, numbers go up', async () => {
    let last = -1;
    let first = '';
    for await (const e of await client.responses.create(respond('too long', { stream: true }))) {
      first ||= e.type;
      assert.equal(e.sequence_number, ++last);
    }
    assert.equal(first, 'response.created');
  });
  await test('responses: an error in the stream, a cut, incomplete', async () => {
    await assert.rejects(client.responses.stream(respond('overloaded in the middle')).finalResponse());
    await assert.rejects(client.responses.stream(respond('cut off')).finalResponse());
    const r = await client.responses.stream(respond('too long')).finalResponse();
    assert.equal(r.status, 'incomplete');
    assert.equal(r.incomplete_details.reason, 'max_output_tokens');
  });
}

// ---- Bedrock ----
{
  const { BedrockRuntimeClient, ConverseStreamCommand, ConverseCommand } = await load('@aws-sdk/client-bedrock-runtime');
  const { NodeHttpHandler } = await load('@smithy/node-http-handler'); // HTTP/1.1; its default is 2
  const config = { region: 'us-east-1', endpoint: url, requestHandler: new NodeHttpHandler() };
  const signed = new BedrockRuntimeClient({ ...config, credentials: { accessKeyId: 'AKIDSTANDIN', secretAccessKey: 'stand-in secret' } });
  const modelId = 'anthropic.claude-standin-5-v1:0';
  const toolConfig = { tools: names.map((name) => ({ toolSpec: { name, description: 'A tool.', inputSchema: { json: schema } } })) };
  const ask = (text, more = {}) => ({ modelId, toolConfig, messages: [{ role: 'user', content: [{ text }] }], ...more });
  async function collect(client, input) {
    const out = { blocks: [], stop: null, usage: null };
    const answer = await client.send(new ConverseStreamCommand(input));
    for await (const e of answer.stream) {
      const d = e.contentBlockDelta?.delta;
      const at = e.contentBlockDelta?.contentBlockIndex ?? e.contentBlockStart?.contentBlockIndex;
      const b = at === undefined ? null : (out.blocks[at] ??= { text: '', input: '', thinking: '' });
      if (e.contentBlockStart) Object.assign(b, e.contentBlockStart.start.toolUse);
      if (d?.text) b.text += d.text;
      if (d?.toolUse) b.input += d.toolUse.input;
      if (d?.reasoningContent?.text) b.thinking += d.reasoningContent.text;
      if (d?.reasoningContent?.signature) b.signature = d.reasoningContent.signature;
      if (e.messageStop) out.stop = e.messageStop.stopReason;
      if (e.metadata) out.usage = e.metadata.usage;
    }
    return out;
  }

  await test('bedrock: signed; thinking, text, parallel calls, usage; then the results', async () => {
    const r = await collect(signed, ask('all parts'));
    assert.equal(r.blocks[0].thinking, thought);
    assert.equal(r.blocks[1].text, words);
    assert.deepEqual(JSON.parse(r.blocks[2].input), host);
    assert.equal(r.blocks[3].name, 'prometheus_range');
    assert.deepEqual(JSON.parse(r.blocks[3].input), range);
    assert.equal(r.stop, 'tool_use');
    assert.equal(r.usage.inputTokens, 1200);
    assert.equal(r.usage.cacheReadInputTokens, 1000);
    const said = [{ reasoningContent: { reasoningText: { text: r.blocks[0].thinking, signature: r.blocks[0].signature } } },
      { text: r.blocks[1].text },
      ...r.blocks.slice(2).map((b) => ({ toolUse: { toolUseId: b.toolUseId, name: b.name, input: JSON.parse(b.input || '{}') } }))];
    const results = r.blocks.slice(2).map((b) => ({ toolResult: { toolUseId: b.toolUseId, content: [{ text: 'result of the snapshot' }] } }));
    const next = await collect(signed, ask('', { messages: [{ role: 'user', content: [{ text: 'go on' }] },
      { role: 'assistant', content: said }, { role: 'user', content: results }] }));
    assert.equal(next.blocks[0].text, 'The disk is full.');
  });
  await test('bedrock: the same without a stream', async () => {
    const r = await signed.send(new ConverseCommand(ask('all parts')));
    assert.deepEqual(r.output.message.content[2].toolUse.input, host);
    assert.equal(r.usage.outputTokens, 80);
  });
  await test('bedrock: split at every byte', async () => {
    assert.equal((await collect(signed, ask('every byte'))).blocks[0].text, 'naïve café 漢字 🙂');
  });
  await test('bedrock: events that nobody knows', async () => {
    assert.equal((await collect(signed, ask('something new'))).blocks[0].text, 'one two');
  });
  await test('bedrock: a wrong secret is seen', async () => {
    const wrong = new BedrockRuntimeClient({ ...config, maxAttempts: 1, credentials: { accessKeyId: 'AKIDSTANDIN', secretAccessKey: 'no' } });
    await assert.rejects(collect(wrong, ask('x')), (e) => e.name === 'InvalidSignatureException');
  });
  await test('bedrock: an exception in the stream, a cut', async () => {
    await assert.rejects(collect(signed, ask('throttled in the middle')), (e) => /throttling/i.test(e.name));
    await assert.rejects(collect(signed, ask('cut off')));
  });
  await test('bedrock: what is refused', async () => {
    await assert.rejects(collect(signed, ask('x', { messages: [{ role: 'assistant', content: [{ text: 'y' }] }] })),
      (e) => e.name === 'ValidationException');
  });
}
console.log(`1..${count}`);
process.exit(failed ? 1 : 0);
