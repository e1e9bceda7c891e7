/** The intents that the shipped routing knows. */
export const demoIntents: readonly string[] = [
  'api-error', 'api-usage', 'api-key', 'webhook', 'sdk', 'rate-limit', 'outage', 'frontend-bug', 'login', 'account-change', 'order-status', 'order-change', 'order-cancel',
  'payment-failed', 'refund', 'return-exchange', 'delivery', 'shipping-cost', 'damaged-goods', 'invoice', 'promotion', 'pricing', 'product-question', 'partnership', 'complaint', 'salary',
]
