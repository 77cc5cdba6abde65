import type { Sample } from './sample.ts'

export const java: Sample = {
  name: 'Java',
  install: `# Maven Central; without a build tool:
curl -O https://repo1.maven.org/maven2/com/standardwebhooks/standardwebhooks/1.2.0/standardwebhooks-1.2.0.jar`,
  fileName: 'Receiver.java',
  run: 'java -cp standardwebhooks-1.2.0.jar Receiver.java',
  code: ({ path, headerPrefix, comments }) => `import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

public class Receiver {
    // ${comments.duplicates}
    static final Set<String> seen = ConcurrentHashMap.newKeySet();

    public static void main(String[] arguments) throws Exception {
        var webhook = new Webhook(System.getenv("WEBHOOK_SECRET"));
        var port = Integer.parseInt(System.getenv().getOrDefault("PORT", "3000"));
        var server = HttpServer.create(new InetSocketAddress(port), 0);
        server.createContext("${path}", exchange -> {
            // ${comments.rawBody}
            var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            var received = exchange.getRequestHeaders();
            var id = String.valueOf(received.getFirst("${headerPrefix}-id"));
            var status = 204;
            try {
                webhook.verify(body, Map.of(
                        "webhook-id", List.of(id),
                        "webhook-timestamp", List.of(String.valueOf(received.getFirst("${headerPrefix}-timestamp"))),
                        "webhook-signature", List.of(String.valueOf(received.getFirst("${headerPrefix}-signature")))));
                if (seen.add(id)) {
                    // ${comments.work}
                    System.out.println(id + " " + body);
                }
            } catch (WebhookVerificationException e) {
                status = 401;
            }
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        });
        server.start();
    }
}
`,
}
