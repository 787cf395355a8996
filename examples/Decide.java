// Send a declaration to the decision service and show what it answers: Java 11 or newer, nothing else.
//   TAMIZ_KEY=tamiz_... java examples/Decide.java examples/declaration.json

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

public class Decide {
    private static final int TRIES = 3;

    public static void main(String[] arguments) throws Exception {
        String key = System.getenv("TAMIZ_KEY");
        if (arguments.length != 1 || key == null) {
            System.err.println("TAMIZ_KEY=tamiz_... java examples/Decide.java examples/declaration.json");
            System.exit(2);
        }
        String url = System.getenv().getOrDefault("TAMIZ_URL", "http://127.0.0.1:3000");
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/v1/decisions"))
            .timeout(Duration.ofSeconds(10))
            .header("Authorization", "Bearer " + key)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofFile(Path.of(arguments[0])))
            .build();
        HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)  // the service takes no upgrade to HTTP/2
            .connectTimeout(Duration.ofSeconds(5))
            .build();
        System.out.println(decide(client, request));
    }

    /** Gives the decision. Sent again, a declaration gets the decision it got before, so trying again is safe. */
    private static String decide(HttpClient client, HttpRequest request) throws InterruptedException {
        String told = "no answer";
        for (int turn = 0; turn < TRIES; turn++) {
            long wait = 1;
            try {
                HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() == 200) {
                    return answer.body();
                }
                told = answer.body();
                if (answer.statusCode() != 409 && answer.statusCode() != 503) {
                    break;
                }
                wait = answer.headers().firstValueAsLong("Retry-After").orElse(1);
            } catch (IOException error) {
                told = String.valueOf(error.getMessage());
            }
            Thread.sleep(1000 * wait);
        }
        // Without a decision a declaration is for manual review, never for release.
        System.err.println("for manual review: " + told);
        System.exit(1);
        return null;
    }
}
