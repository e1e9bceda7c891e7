import { code, heading, panel, paragraph, steps } from '../storage-format.ts'
import { topic, type Topic } from './topic.ts'

/** Title, what it is about, and the steps. */
type Text = readonly [title: string, about: string, ...steps: string[]]

const apiGuide = (language: string, sample: string, zh: Text, en: Text): Topic => topic(
  'DEV',
  [zh[0], paragraph(zh[1]), code(language, sample), heading('要点'), steps(...zh.slice(2)), panel('note', '沙箱环境与生产环境的密钥不通用。')],
  [
    en[0],
    paragraph(en[1]),
    code(language, sample),
    heading('What matters'),
    steps(...en.slice(2)),
    panel('note', 'Keys of the sandbox and of production are not interchangeable.'),
  ],
)

const refundCall = [
  'curl -X POST -H "Idempotency-Key: 6f1c…" \\',
  '  -d \'{"amount":"39900","reason":"price <protection>"}\' \\',
  '  https://api.example.cn/v2/orders/SO-2026-000123/refunds',
].join('\n')

export const apiGuides: readonly Topic[] = [
  apiGuide('bash', 'curl -H "Authorization: Bearer $KEY" \\\n  "https://api.example.cn/v2/orders?page=0&size=20"',
    ['API 密钥的创建与轮换', '每个应用最多两把密钥，便于不停机轮换。', '创建第二把密钥并部署。', '确认旧密钥 24&nbsp;小时内没有调用。', '删除旧密钥。'],
    [
      'Creating and rotating API keys',
      'An application has up to two keys, so that they can be rotated without an outage.',
      'Create the second key and deploy it.',
      'Check that the old one was not used for 24&nbsp;hours.',
      'Delete the old one.',
    ]),
  apiGuide('json', '{\n  "content": [],\n  "number": 0,\n  "size": 20,\n  "totalElements": 2000\n}',
    [
      'API 分页',
      '列表接口使用从 0 开始的 <code>page</code> 与 <code>size</code>。',
      'size 最大 200。',
      '以 <code>last</code> 为真作为结束条件。',
      '翻页时数据可能变化，请按编号去重。',
    ],
    [
      'Paging through lists',
      'Lists take <code>page</code>, from 0, and <code>size</code>.',
      'The size is at most 200.',
      'Stop where <code>last</code> is true.',
      'Rows may move between pages: drop duplicates by id.',
    ]),
  apiGuide('json', '{\n  "event": "order.shipped",\n  "order_id": "SO-2026-000123",\n  "at": "2026-11-18T09:30:00+08:00"\n}',
    ['Webhook 订阅', '订单与物流状态变化时，平台会向你的地址推送事件。', '5&nbsp;秒内返回 2xx。', '失败后按 1、5、30&nbsp;分钟重推。', '事件可能重复，请按事件编号去重。'],
    [
      'Subscribing to webhooks',
      'When an order or a parcel changes, the platform posts an event to your address.',
      'Answer with 2xx within 5&nbsp;seconds.',
      'Failures are repeated after 1, 5 and 30&nbsp;minutes.',
      'Events may come twice: drop duplicates by event id.',
    ]),
  apiGuide('javascript', "const signature = createHmac('sha256', secret)\n  .update(`${timestamp}.${body}`)\n  .digest('hex')",
    ['请求签名验证', '每个推送都带 <code>X-Signature</code>，请先验签再处理。', '使用原始请求体，不要重新序列化。', '时间戳相差超过 5&nbsp;分钟的拒绝。', '比较时使用常数时间函数。'],
    [
      'Checking signatures',
      'Each push carries <code>X-Signature</code>: check it before anything else.',
      'Use the raw body, never one written anew.',
      'Refuse timestamps more than 5&nbsp;minutes off.',
      'Compare in constant time.',
    ]),
  apiGuide('text', 'X-RateLimit-Limit: 600\nX-RateLimit-Remaining: 0\nRetry-After: 17',
    ['API 限流规则', '每把密钥每分钟 600 次，突发上限 50 次每秒。', '响应头给出剩余额度。', '超限返回 429 与 <code>Retry-After</code>。', '大批量任务请安排在 02:00&ndash;06:00。'],
    [
      'Rate limits',
      'A key has 600 requests a minute, in bursts of at most 50 a second.',
      'The headers tell what is left.',
      'Past it the answer is 429 with <code>Retry-After</code>.',
      'Run large jobs between 02:00 and 06:00 (UTC+8).',
    ]),
  apiGuide('bash', refundCall,
    ['幂等键的使用', '退款等写操作必须带 <code>Idempotency-Key</code>。', '同一键同一请求返回首次结果。', '同一键不同请求返回 409。', '键保留 24&nbsp;小时。'],
    [
      'Using idempotency keys',
      'Writes such as refunds need an <code>Idempotency-Key</code>.',
      'The same key and request give the first result again.',
      'The same key with another request gives 409.',
      'Keys are kept for 24&nbsp;hours.',
    ]),
]
