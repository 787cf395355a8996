// Send a declaration to the decision service and show what it answers: C#, nothing but the framework.
//   TAMIZ_KEY=tamiz_... dotnet run examples/Decide.cs examples/declaration.json      (.NET 10 or newer)

using System;
using System.IO;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Threading.Tasks;

public static class Decide
{
    private const int Tries = 3;

    public static int Main(string[] arguments)
    {
        return Run(arguments).GetAwaiter().GetResult();
    }

    private static async Task<int> Run(string[] arguments)
    {
        var key = Environment.GetEnvironmentVariable("TAMIZ_KEY");
        if (arguments.Length != 1 || key == null)
        {
            Console.Error.WriteLine("TAMIZ_KEY=tamiz_... dotnet run examples/Decide.cs examples/declaration.json");
            return 2;
        }
        var url = Environment.GetEnvironmentVariable("TAMIZ_URL") ?? "http://127.0.0.1:3000";
        using (var client = new HttpClient { BaseAddress = new Uri(url), Timeout = TimeSpan.FromSeconds(10) })
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
            return await Send(client, File.ReadAllText(arguments[0]));
        }
    }

    // Sent again, a declaration gets the decision it got before, so trying again is safe.
    private static async Task<int> Send(HttpClient client, string declaration)
    {
        var told = "no answer";
        for (var turn = 0; turn < Tries; turn++)
        {
            var wait = TimeSpan.FromSeconds(1);
            try
            {
                var body = new StringContent(declaration, Encoding.UTF8, "application/json");
                using (var answer = await client.PostAsync("/v1/decisions", body))
                {
                    told = await answer.Content.ReadAsStringAsync();
                    var status = (int)answer.StatusCode;
                    if (status == 200)
                    {
                        Console.WriteLine(told);
                        return 0;
                    }
                    if (status != 409 && status != 503)
                    {
                        break;
                    }
                    wait = answer.Headers.RetryAfter?.Delta ?? wait;
                }
            }
            catch (Exception error) when (error is HttpRequestException || error is TaskCanceledException)
            {
                told = error.Message;
            }
            await Task.Delay(wait);
        }
        // Without a decision a declaration is for manual review, never for release.
        Console.Error.WriteLine("for manual review: " + told);
        return 1;
    }
}
