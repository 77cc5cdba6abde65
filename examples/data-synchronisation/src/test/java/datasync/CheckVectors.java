package datasync;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Reads the signatures that every language is checked against, and prints a line for each: whether it passes, and its
 * name.
 *
 * <p>The library reads the machine's clock and has no other, so that each case is moved to this moment: a signature that
 * is the library's own for the case's timestamp is replaced by its own for the moved one, any other stays as it is.
 */
final class CheckVectors {
    record Vector(
        String name,
        String secret,
        String id,
        String timestamp,
        String body,
        byte[] bodyBase64,
        String signature,
        long now,
        boolean valid
    ) {
        byte[] bytes() {
            return bodyBase64 == null ? body.getBytes(StandardCharsets.UTF_8) : bodyBase64;
        }
    }

    public static void main(String[] args) throws Exception {
        for (var vector : new ObjectMapper().readValue(System.in, Vector[].class)) {
            System.out.println(passes(vector) + " " + vector.name());
        }
    }

    private static boolean passes(Vector vector) throws Exception {
        while (true) {
            var now = Instant.now().getEpochSecond();
            var passes = passesAt(vector, now);
            // Cases at the very edge of the five minutes need the clock to stand still.
            if (Instant.now().getEpochSecond() == now) {
                return passes;
            }
        }
    }

    private static boolean passesAt(Vector vector, long now) throws Exception {
        var webhook = new Webhook(vector.secret());
        var timestamp = vector.timestamp();
        var signature = vector.signature();
        if (timestamp.matches("\\d+")) {
            var signedAt = Long.parseLong(timestamp);
            var movedTo = signedAt + now - vector.now();
            var text = new String(vector.bytes(), StandardCharsets.UTF_8);
            var own = webhook.sign(vector.id(), signedAt, text);
            var moved = webhook.sign(vector.id(), movedTo, text);
            timestamp = Long.toString(movedTo);
            signature = Arrays.stream(signature.split(" "))
                .map(item -> item.equals(own) ? moved : item)
                .collect(Collectors.joining(" "));
        }
        var headers = Map.of(
            "Webhook-Id", List.of(vector.id()),
            "Webhook-Timestamp", List.of(timestamp),
            "Webhook-Signature", List.of(signature)
        );
        try {
            SignatureFilter.verify(webhook, vector.bytes(), headers);
            return true;
        } catch (CharacterCodingException | WebhookVerificationException e) {
            return false;
        }
    }
}
