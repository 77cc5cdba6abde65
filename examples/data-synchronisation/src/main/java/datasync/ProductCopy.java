package datasync;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Types;
import javax.sql.DataSource;

/** The second copy of the table, in a database of its own: its tables are in {@code copy.sql}. */
final class ProductCopy {
    enum Outcome {
        APPLIED,
        /** An event with this id was stored before. */
        DUPLICATE,
        /** The copy knows something newer of the row. */
        OUTDATED
    }

    private static final String REMEMBER = """
        insert into received (webhook_id) values (?) on conflict do nothing
        """;

    /** The comparison and the write are one statement: it waits for another one on the same row, then compares. */
    private static final String PUT = """
        insert into product_state as held (sku, name, price, stock, version, deleted)
        values (?, ?, ?, ?, ?, ?)
        on conflict (sku) do update set
          name = excluded.name,
          price = excluded.price,
          stock = excluded.stock,
          version = excluded.version,
          deleted = excluded.deleted
        where (excluded.version, excluded.deleted) > (held.version, held.deleted)
        """;

    private final DataSource database;

    /** @param database whose connections do not commit by themselves, and roll back when they are closed before */
    ProductCopy(DataSource database) {
        this.database = database;
    }

    /** Stores the change and its event's id in one transaction: after an exception neither is, or both are. */
    Outcome apply(String webhookId, Change change) throws SQLException {
        try (var connection = database.getConnection()) {
            var outcome = remember(connection, webhookId) ? put(connection, change) : Outcome.DUPLICATE;
            connection.commit();
            return outcome;
        }
    }

    private static boolean remember(Connection connection, String webhookId) throws SQLException {
        try (var statement = connection.prepareStatement(REMEMBER)) {
            statement.setString(1, webhookId);
            return statement.executeUpdate() == 1;
        }
    }

    private static Outcome put(Connection connection, Change change) throws SQLException {
        var outcome = Outcome.OUTDATED;
        try (var statement = connection.prepareStatement(PUT)) {
            for (var state : change.states()) {
                var row = state.row();
                statement.setString(1, row.sku());
                statement.setString(2, row.name());
                statement.setBigDecimal(3, row.price());
                statement.setObject(4, row.stock(), Types.INTEGER);
                statement.setLong(5, row.version());
                statement.setBoolean(6, state.deleted());
                if (statement.executeUpdate() == 1) {
                    outcome = Outcome.APPLIED;
                }
            }
        }
        return outcome;
    }
}
