package datasync;

import com.standardwebhooks.Webhook;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import jakarta.ws.rs.ext.RuntimeDelegate;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.Executors;
import javax.sql.DataSource;
import org.glassfish.hk2.utilities.binding.AbstractBinder;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.server.ServerProperties;

/** Starts the receiver. Its environment: {@code WEBHOOK_SECRET}, {@code COPY_DATABASE}, {@code HOST}, {@code PORT}. */
public final class Main {
    private static final int THREADS = 16;
    private static final int CONNECTIONS = 8;

    public static void main(String[] args) throws Exception {
        // The JDK's server waits for a slow sender for ever unless it is told otherwise (in seconds), and holds small
        // answers back for up to 40 ms.
        System.setProperty("sun.net.httpserver.maxReqTime", "15");
        System.setProperty("sun.net.httpserver.nodelay", "true");

        var webhook = new Webhook(required("WEBHOOK_SECRET"));
        var copy = new ProductCopy(database(required("COPY_DATABASE")));
        var application = new ResourceConfig()
            .property(ServerProperties.WADL_FEATURE_DISABLE, true)
            .register(new AbstractBinder() {
                @Override
                protected void configure() {
                    bind(copy).to(ProductCopy.class);
                }
            })
            .register(new SignatureFilter(webhook))
            .register(DataWebhook.class)
            .register(CopyFailure.class);
        var address = new InetSocketAddress(
            optional("HOST").orElse("127.0.0.1"),
            optional("PORT").map(Integer::parseInt).orElse(8080)
        );
        var server = HttpServer.create(address, 0);
        server.createContext("/", RuntimeDelegate.getInstance().createEndpoint(application, HttpHandler.class));
        server.setExecutor(Executors.newFixedThreadPool(THREADS));
        server.start();
        System.out.printf("listening on http://%s:%d%n", address.getHostString(), server.getAddress().getPort());
    }

    /** Starts without a database too: until there is one, every event is answered with 503. */
    private static DataSource database(String url) {
        var config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setAutoCommit(false);
        config.setMaximumPoolSize(CONNECTIONS);
        config.setInitializationFailTimeout(-1);
        // An event that gets no connection, or no answer from the database, is answered before Posthorn gives it up
        // (15 s).
        config.setConnectionTimeout(2_000);
        config.addDataSourceProperty("connectTimeout", "2");
        config.addDataSourceProperty("socketTimeout", "10");
        return new HikariDataSource(config);
    }

    private static Optional<String> optional(String name) {
        return Optional.ofNullable(System.getenv(name));
    }

    private static String required(String name) {
        return optional(name).orElseThrow(() -> new IllegalArgumentException(name + " is not set"));
    }
}
