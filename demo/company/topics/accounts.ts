import { guide } from './guides.ts'
import type { Topic } from './topic.ts'

export const accounts: readonly Topic[] = [
  guide('SUP',
    [
      '重置登录密码',
      '客户忘记密码时，客服<strong>不能</strong>代设新密码，只能引导自助重置。',
      ['打开登录页，点击&ldquo;忘记密码&rdquo;。', '输入注册邮箱或手机号，收取验证码。', '设置至少 10 位的新密码。'],
      '不要向客户索要验证码或旧密码。',
    ],
    [
      'Resetting a password',
      'When a customer has forgotten the password, support <strong>cannot</strong> set a new one, only guide them.',
      [
        'Open the sign-in page and choose &ldquo;Forgot password&rdquo;.',
        'Enter the email address or phone number and wait for the code.',
        'Choose a new password of at least 10 characters.',
      ],
      'Never ask for a code or for the old password.',
    ]),
  guide('SUP',
    ['更换绑定手机号', '旧手机号可用与不可用时，流程不同。', ['旧号可用：在账户安全页自助更换。', '旧号停用：提交身份证明，人工审核。', '审核通过后 24&nbsp;小时生效。'], '审核期间账户不能退款到余额。'],
    [
      'Changing the phone number',
      'It differs with whether the old number still works.',
      [
        'It works: change it on the security page.',
        'It does not: send a proof of identity for review.',
        'It takes effect 24&nbsp;hours after the review.',
      ],
      'During the review nothing can be refunded to the balance.',
    ]),
  guide('SUP',
    ['开启两步验证', '建议所有企业客户开启两步验证（TOTP）。', ['在账户安全页选择&ldquo;两步验证&rdquo;。', '用验证器扫描二维码。', '保存 8 个恢复码。'], '恢复码只显示一次，丢失后须人工核验。'],
    [
      'Turning on two-step sign-in',
      'We advise every business customer to turn on two-step sign-in (TOTP).',
      ['Choose &ldquo;Two-step sign-in&rdquo; on the security page.', 'Scan the code with an authenticator.', 'Keep the 8 recovery codes.'],
      'The recovery codes are shown once; without them, identity is checked by hand.',
    ]),
  guide('SUP',
    [
      '注销账户与删除个人信息',
      '依照《个人信息保护法》和 GDPR，客户可以要求删除个人信息。',
      ['确认没有未完成的订单和退款。', '客户在隐私页提交申请。', '15&nbsp;天冷静期后删除，开票记录保留 10&nbsp;年。'],
      '注销后无法恢复积分与会员等级。',
    ],
    [
      'Closing an account and deleting personal data',
      'Customers may have their personal data deleted (GDPR article 17; PIPL article 47).',
      [
        'Check that no order and no refund is open.',
        'The customer asks for it on the privacy page.',
        'After 15&nbsp;days the data are deleted; invoices are kept for 10&nbsp;years.',
      ],
      'Points and tier are lost for good.',
    ]),
  guide('SUP',
    ['合并两个账户', '同一客户的邮箱账户与手机账户可以合并。', ['确认两个账户都能登录。', '选择保留的账户，等级取较高者。', '提交工单给 <em>accounts</em> 组。'], '合并不可撤销，未使用的优惠券按保留账户规则处理。'],
    [
      'Merging two accounts',
      'A customer&rsquo;s email account and phone account can be made one.',
      [
        'Check that the customer can sign in to both.',
        'Choose the one to keep; the higher tier stays.',
        'Open a ticket for <em>accounts</em>.',
      ],
      'It cannot be undone; coupons follow the rules of the account that stays.',
    ]),
  guide('SUP',
    ['账户被锁定', '连续 5 次密码错误后，账户锁定 30&nbsp;分钟。', ['请客户等待 30&nbsp;分钟，或用验证码登录。', '查看登录日志，确认是否本人操作。', '可疑登录：立即下线全部会话。'], '发现撞库迹象，请升级到安全组。'],
    [
      'An account is locked',
      'After 5 wrong passwords an account is locked for 30&nbsp;minutes.',
      ['Ask the customer to wait, or to sign in by code.', 'Look at the sign-in log: was it them?', 'If not, end every session at once.'],
      'Signs of credential stuffing go to the security team.',
    ]),
]
