import { iso, letters, type ProviderSamples, type Sample, seconds } from './sample.ts'

function stripe(object: (now: number) => Readonly<Record<string, unknown>>, type: string): Sample {
  return {
    contentType: 'application/json; charset=utf-8',
    headers: [['User-Agent', 'Stripe/1.0 (+https://stripe.com/docs/webhooks)']],
    body: ({ id, now }) => ({
      id,
      object: 'event',
      api_version: '2025-08-27.basil',
      created: seconds(now),
      data: { object: object(now) },
      livemode: false,
      pending_webhooks: 1,
      request: { id: null, idempotency_key: null },
      type,
    }),
  }
}

const adyenItem = (id: string, now: number): Readonly<Record<string, unknown>> => ({
  additionalData: {},
  amount: { currency: 'EUR', value: 4200 },
  eventCode: 'AUTHORISATION',
  eventDate: iso(now),
  merchantAccountCode: 'GreetingsECOM',
  merchantReference: 'order-1001',
  operations: ['CANCEL', 'CAPTURE', 'REFUND'],
  paymentMethod: 'visa',
  pspReference: id,
  success: 'true',
})

/** Payments, shops and what their visitors fill in. */
export const commerceSamples: Readonly<Record<string, ProviderSamples>> = {
  stripe: {
    newId: () => `evt_${letters(24)}`,
    events: {
      'payment_intent.succeeded': stripe(
        (now) => ({
          id: 'pi_3Sample0000000000000001',
          object: 'payment_intent',
          amount: 4200,
          amount_received: 4200,
          currency: 'eur',
          customer: 'cus_Sample00000001',
          created: seconds(now),
          latest_charge: 'ch_3Sample0000000000000001',
          livemode: false,
          metadata: { order: '1001' },
          payment_method_types: ['card'],
          status: 'succeeded',
        }),
        'payment_intent.succeeded',
      ),
      'invoice.paid': stripe(
        (now) => ({
          id: 'in_1Sample0000000000000001',
          object: 'invoice',
          amount_due: 4200,
          amount_paid: 4200,
          amount_remaining: 0,
          billing_reason: 'subscription_cycle',
          created: seconds(now),
          currency: 'eur',
          customer: 'cus_Sample00000001',
          customer_email: 'ada@example.com',
          livemode: false,
          number: 'A0001-0001',
          status: 'paid',
        }),
        'invoice.paid',
      ),
    },
  },
  square: {
    events: {
      'payment.updated': {
        body: ({ id, now }) => ({
          merchant_id: '6SSW7HV8K2ST5',
          type: 'payment.updated',
          event_id: id,
          created_at: iso(now),
          data: {
            type: 'payment',
            id: 'hYy9pRFVxpDsO1FB05SunFWUe9JZY',
            object: {
              payment: {
                id: 'hYy9pRFVxpDsO1FB05SunFWUe9JZY',
                amount_money: { amount: 4200, currency: 'EUR' },
                status: 'COMPLETED',
                order_id: '03O3USaPaAaFnI6kkwB1JxGgBsUZY',
                updated_at: iso(now),
              },
            },
          },
        }),
      },
    },
  },
  paddle: {
    newId: () => `evt_${letters(26)}`,
    events: {
      'transaction.completed': {
        body: ({ id, now }) => ({
          event_id: id,
          event_type: 'transaction.completed',
          occurred_at: iso(now),
          notification_id: `ntf_${letters(26)}`,
          data: {
            id: 'txn_00000000000000000000000001',
            status: 'completed',
            customer_id: 'ctm_00000000000000000000000001',
            currency_code: 'EUR',
            details: { totals: { subtotal: '3500', tax: '700', total: '4200', currency_code: 'EUR' } },
            created_at: iso(now),
          },
        }),
      },
    },
  },
  adyen: {
    newId: () => letters(16).toUpperCase(),
    events: {
      AUTHORISATION: {
        body: ({ id, now }) => ({
          live: 'false',
          notificationItems: [{ NotificationRequestItem: adyenItem(id, now) }],
        }),
      },
    },
  },
  shopify: {
    events: {
      'orders/create': {
        headers: [
          ['X-Shopify-Shop-Domain', 'greetings.myshopify.com'],
          ['X-Shopify-API-Version', '2026-07'],
          ['X-Shopify-Test', 'true'],
        ],
        body: ({ now }) => ({
          id: 820982911946154500,
          admin_graphql_api_id: 'gid://shopify/Order/820982911946154500',
          name: '#1001',
          email: 'ada@example.com',
          created_at: iso(now),
          currency: 'EUR',
          financial_status: 'paid',
          fulfillment_status: null,
          total_price: '42.00',
          test: true,
          line_items: [
            { id: 866550311766439000, title: 'Post horn', quantity: 1, price: '42.00', sku: 'HORN-1' },
          ],
          customer: { id: 115310627314723950, first_name: 'Ada', email: 'ada@example.com' },
        }),
      },
    },
  },
  typeform: {
    events: {
      form_response: {
        body: ({ id, now }) => ({
          event_id: id,
          event_type: 'form_response',
          form_response: {
            form_id: 'lT4Z3j',
            token: letters(32),
            landed_at: iso(now - 60_000),
            submitted_at: iso(now),
            definition: {
              id: 'lT4Z3j',
              title: 'How loud is it?',
              fields: [{ id: 'DlXFaesGBpoF', title: 'Your name', type: 'short_text', ref: 'name' }],
            },
            answers: [
              { type: 'text', text: 'Ada', field: { id: 'DlXFaesGBpoF', type: 'short_text', ref: 'name' } },
            ],
          },
        }),
      },
    },
  },
}
