package io.pageproxy.async;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class ReactionsTest {
    private final List<Throwable> owned = new ArrayList<>();
    private final List<String> seen = new ArrayList<>();

    @Test
    void callbackReceivesValue() {
        Reactions.when(CompletableFuture.completedFuture("good"), seen::add, owned::add);
        assertThat(seen).containsExactly("good");
        assertThat(owned).isEmpty();
    }

    @Test
    void ownerReceivesFailureOfFuture() {
        IllegalStateException failure = new IllegalStateException("failed");
        Reactions.when(
                CompletableFuture.<String>failedFuture(new CompletionException(failure)),
                seen::add,
                owned::add);
        assertThat(seen).isEmpty();
        assertThat(owned).containsExactly(failure);
    }

    @Test
    void ownerReceivesExceptionOfCallback() {
        StackOverflowError failure = new StackOverflowError();
        Reactions.when(
                CompletableFuture.completedFuture("good"),
                value -> {
                    throw failure;
                },
                owned::add);
        assertThat(owned).containsExactly(failure);
    }

    @Test
    void ownerReceivesRejectionByExecutor() {
        Reactions.when(
                CompletableFuture.completedFuture("good"),
                task -> {
                    throw new RejectedExecutionException("closed");
                },
                seen::add,
                owned::add);
        assertThat(seen).isEmpty();
        assertThat(owned).singleElement().isInstanceOf(RejectedExecutionException.class);
    }

    @Test
    void ownerReceivesExceptionOfTask() {
        Reactions.owned(Runnable::run, owned::add)
                .execute(
                        () -> {
                            throw new IllegalStateException("failed");
                        });
        assertThat(owned).singleElement().isInstanceOf(IllegalStateException.class);
    }
}
