package datasync;

import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.Response.Status;
import jakarta.ws.rs.ext.ExceptionMapper;
import java.sql.SQLException;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Answers 503 where the copy's database fails, so that Posthorn sends the event again. */
public final class CopyFailure implements ExceptionMapper<SQLException> {
    private static final Logger LOG = Logger.getLogger(CopyFailure.class.getName());

    @Override
    public Response toResponse(SQLException failure) {
        LOG.log(Level.WARNING, "the copy's database failed", failure);
        return Response.status(Status.SERVICE_UNAVAILABLE)
            .type(MediaType.TEXT_PLAIN_TYPE)
            .entity("the copy's database failed")
            .build();
    }
}
