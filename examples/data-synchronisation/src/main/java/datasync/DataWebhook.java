package datasync;

import jakarta.inject.Inject;
import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.sql.SQLException;
import java.util.Locale;

/** Takes the events. What became of each is in the answer, which Posthorn keeps beside the attempt. */
@Path("/webhooks/data")
public final class DataWebhook {
    private final ProductCopy copy;

    @Inject
    DataWebhook(ProductCopy copy) {
        this.copy = copy;
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(MediaType.TEXT_PLAIN)
    public String receive(@HeaderParam("webhook-id") String webhookId, Change change) throws SQLException {
        if (change == null) {
            throw new BadRequestException("the body is null");
        }
        return copy.apply(webhookId, change).name().toLowerCase(Locale.ROOT);
    }
}
