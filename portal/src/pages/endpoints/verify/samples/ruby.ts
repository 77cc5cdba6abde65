import type { Sample } from './sample.ts'

export const ruby: Sample = {
  name: 'Ruby',
  install: 'gem install standardwebhooks sinatra rackup puma',
  fileName: 'receiver.rb',
  run: 'ruby receiver.rb',
  code: ({ path, headerPrefix, comments }) => {
    const header = (name: string): string =>
      `request.get_header("HTTP_${headerPrefix.toUpperCase()}_${name}")`
    return `require "set"
require "sinatra"
require "standardwebhooks"

set :port, ENV.fetch("PORT", 3000).to_i

WEBHOOK = StandardWebhooks::Webhook.new(ENV.fetch("WEBHOOK_SECRET"))
# ${comments.duplicates}
SEEN = Set.new

post "${path}" do
  # ${comments.rawBody}
  body = request.body.read
  id = ${header('ID')}
  begin
    message = WEBHOOK.verify(body, {
      "webhook-id" => id,
      "webhook-timestamp" => ${header('TIMESTAMP')},
      "webhook-signature" => ${header('SIGNATURE')},
    })
  rescue StandardWebhooks::WebhookVerificationError
    halt 401
  end

  if SEEN.add?(id)
    # ${comments.work}
    puts "#{id} #{message}"
  end
  status 204
end
`
  },
}
