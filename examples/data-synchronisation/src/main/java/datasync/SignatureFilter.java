package datasync;

import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.Response.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * Lets in what the endpoint's secret has signed, before anything parses it. The body is read here, as it came, and put
 * back for whoever reads it next.
 */
@Priority(Priorities.AUTHENTICATION)
public final class SignatureFilter implements ContainerRequestFilter {
    /** What a payload may have in Posthorn, unless it is set otherwise there. */
    static final int MAX_BODY_BYTES = 1024 * 1024;

    private final Webhook webhook;

    SignatureFilter(Webhook webhook) {
        this.webhook = webhook;
    }

    @Override
    public void filter(ContainerRequestContext request) throws IOException {
        // What is announced as too large is not even read.
        if (request.getLength() > MAX_BODY_BYTES) {
            request.abortWith(refusal(Status.REQUEST_ENTITY_TOO_LARGE, "the body is too large"));
            return;
        }
        var body = request.getEntityStream().readNBytes(MAX_BODY_BYTES + 1);
        if (body.length > MAX_BODY_BYTES) {
            request.abortWith(refusal(Status.REQUEST_ENTITY_TOO_LARGE, "the body is too large"));
            return;
        }
        try {
            verify(webhook, body, request.getHeaders());
        } catch (CharacterCodingException e) {
            request.abortWith(refusal(Status.BAD_REQUEST, "the body is not UTF-8"));
            return;
        } catch (WebhookVerificationException e) {
            request.abortWith(refusal(Status.UNAUTHORIZED, e.getMessage()));
            return;
        }
        request.setEntityStream(new ByteArrayInputStream(body));
    }

    /**
     * The library takes a string and encodes it again. A lenient decoder makes the same string of different bytes, and
     * would let bytes pass that nobody signed.
     */
    static void verify(Webhook webhook, byte[] body, Map<String, List<String>> headers)
        throws CharacterCodingException, WebhookVerificationException {
        var text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
        webhook.verify(text, headers);
    }

    private static Response refusal(Status status, String reason) {
        return Response.status(status).type(MediaType.TEXT_PLAIN_TYPE).entity(reason).build();
    }
}
