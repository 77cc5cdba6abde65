package datasync;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.List;

/** What {@code posthorn.publish_changes} publishes: the row before and after. One of them may be null. */
public record Change(@JsonProperty("old") Product before, @JsonProperty("new") Product after) {
    public Change {
        if (before == null && after == null) {
            throw new IllegalArgumentException("a change needs a row before or after it");
        }
    }

    /** What is known of a key: its row, or that its row is gone. */
    public record State(Product row, boolean deleted) {}

    /** One state, or two where an update gave the row another key. */
    public List<State> states() {
        var states = new ArrayList<State>();
        if (after != null) {
            states.add(new State(after, false));
        }
        if (before != null && (after == null || !after.sku().equals(before.sku()))) {
            states.add(new State(before, true));
        }
        return states;
    }
}
