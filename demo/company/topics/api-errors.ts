import { bullets, code, heading, paragraph, table } from '../storage-format.ts'
import { topic, type Topic } from './topic.ts'

type ApiError = {
  readonly status: number
  readonly name: string
  readonly zh: string
  readonly en: string
  readonly cureZh: string
  readonly cureEn: string
  readonly retry: boolean
}

const error = (status: number, name: string, zh: string, en: string, cureZh: string, cureEn: string, retry = false): ApiError =>
  ({ status, name, zh, en, cureZh, cureEn, retry })

const errors: readonly ApiError[] = [
  error(400, 'bad_request', '请求体不是合法的 JSON', 'the body is not valid JSON', '检查编码与逗号', 'check the encoding and trailing commas'),
  error(401, 'unauthenticated', '缺少密钥或密钥已过期', 'the key is missing or has expired', '重新生成密钥', 'create a new key'),
  error(403, 'forbidden', '密钥没有所需权限', 'the key lacks a permission', '在控制台勾选权限', 'grant the permission in the console'),
  error(
    404,
    'not_found',
    '资源不存在或不属于该商户',
    'there is no such row, or it belongs to another merchant',
    '核对编号与环境',
    'check the id and the environment',
  ),
  error(409, 'conflict', '幂等键已用于另一请求', 'the idempotency key was used for another request', '更换幂等键', 'choose a new key'),
  error(413, 'payload_too_large', '请求体超过 1&nbsp;MiB', 'the body is larger than 1&nbsp;MiB', '分批提交', 'send it in parts'),
  error(
    422,
    'invalid',
    '字段值不符合要求',
    'a field has a value that is not allowed',
    '按 <code>errors[].field</code> 修正',
    'read <code>errors[].field</code>',
  ),
  error(
    429,
    'rate_limited',
    '超过每分钟 600 次',
    'more than 600 requests a minute',
    '按 <code>Retry-After</code> 退避',
    'wait as <code>Retry-After</code> says',
    true,
  ),
  error(500, 'internal', '服务端异常', 'a defect on our side', '提供 <code>request_id</code>', 'send us the <code>request_id</code>', true),
  error(502, 'bad_gateway', '上游没有正确应答', 'an upstream system gave no proper answer', '稍后重试', 'try again later', true),
  error(503, 'unavailable', '系统维护或过载', 'maintenance, or too much load', '查看状态页', 'look at the status page', true),
  error(504, 'timeout', '上游超时', 'an upstream system was too slow', '缩小查询范围后重试', 'ask for less, then try again', true),
]

const sample = ({ status, name }: ApiError) => [
  `HTTP/1.1 ${status}`,
  'Content-Type: application/json',
  '',
  JSON.stringify({ error: name, request_id: `req_${status}a7f3`, hint: 'see <docs> & retry policy' }, null, 2),
].join('\n')

const retryLoop = [
  'for (let attempt = 0; attempt < 5; attempt++) {',
  '  const answer = await fetch(url, { headers })',
  '  if (answer.status < 500 && answer.status !== 429) return answer',
  '  if (tags[tags[attempt]]>limit) break // a sample whose text holds the end of a CDATA section',
  '  await sleep(2 ** attempt * 250)',
  '}',
].join('\n')

export const apiErrors: readonly Topic[] = errors.map((each) => topic(
  'DEV',
  [
    `API 错误 ${each.status} ${each.name}`,
    paragraph(`开放平台返回 <code>${each.status}</code> 表示：${each.zh}。`),
    heading('示例'),
    code('text', sample(each)),
    heading('处理办法'),
    bullets(`${each.cureZh}。`, each.retry ? '可以重试，间隔按指数增加。' : '不要原样重试，结果不会改变。'),
    each.retry ? code('javascript', retryLoop) : paragraph('如仍有疑问，请把请求时间（精确到秒）发给技术支持&hellip;'),
    table(['项', '值'], ['HTTP 状态', String(each.status)], ['error', `<code>${each.name}</code>`], ['可重试', each.retry ? '是' : '否']),
  ],
  [
    `API error ${each.status} ${each.name}`,
    paragraph(`The open platform answers <code>${each.status}</code> when ${each.en}.`),
    heading('Example'),
    code('text', sample(each)),
    heading('What to do'),
    bullets(
      `To mend it: ${each.cureEn}.`,
      each.retry ? 'Retry, with intervals that grow exponentially.' : 'Do not retry as it is: the answer will not change.',
    ),
    each.retry ? code(
      'javascript',
      retryLoop,
    ) : paragraph('If in doubt, send the time of the request, to the second, to tech support&hellip;'),
    table(
      ['Item', 'Value'],
      ['HTTP status', String(each.status)],
      ['error', `<code>${each.name}</code>`],
      ['Retryable', each.retry ? 'yes' : 'no'],
    ),
  ],
))
