"""CSS selectors of elements that Streamlit makes. Streamlit promises none of them, except for `st-key-NAME`.

A test opens pages in a browser and looks for every one of them.
"""

from string import Template

ELEMENTS = {
    # the frame of the page
    "App": "[data-testid=stApp]",  # its attributes say whether it is connected and whether a script runs
    "AppViewContainer": "[data-testid=stAppViewContainer]",  # as high as the window, which paper is not
    "Header": "[data-testid=stHeader]",  # lies over the page's own head, and has to let clicks through
    "Sidebar": "[data-testid=stSidebar]",  # is not printed
    "SidebarHeader": "[data-testid=stSidebarHeader]",  # is higher than its button needs
    "SidebarNav": "[data-testid=stSidebarNav]",  # begins lower than it needs to
    "ExpandSidebarButton": "[data-testid=stExpandSidebarButton]",  # stands where the page's head begins
    "Main": "[data-testid=stMain]",  # what scrolls
    "MainBlockContainer": "[data-testid=stMainBlockContainer]",  # has margins that cost a tenth of the screen
    "ToastContainer": "[data-testid=stToastContainer]",  # lies over Link and Reset otherwise
    # containers, to share the room that a picture has
    "VerticalBlock": "[data-testid=stVerticalBlock]",
    "HorizontalBlock": "[data-testid=stHorizontalBlock]",
    "Column": "[data-testid=stColumn]",
    "LayoutWrapper": "[data-testid=stLayoutWrapper]",
    "ElementContainer": "[data-testid=stElementContainer]",
    # widgets whose label stands before them in a row of controls, and that have a width of their own there
    "WidgetLabel": "[data-testid=stWidgetLabel]",
    "Selectbox": "[data-testid=stSelectbox]",
    "MultiSelect": "[data-testid=stMultiSelect]",
    "NumberInput": "[data-testid=stNumberInput]",
    "NumberInputContainer": "[data-testid=stNumberInputContainer]",
    "ButtonGroup": "[data-testid=stButtonGroup]",
    # what Streamlit says in English beside a field, which our words take the place of
    "TextInput": "[data-testid=stTextInput]",
    "TextArea": "[data-testid=stTextArea]",
    "FieldHint": "[data-testid=InputInstructions]",
    "FileUploaderDropzone": "[data-testid=stFileUploaderDropzone]",
    "FileUploaderInstructions": "[data-testid=stFileUploaderDropzoneInstructions]",
    # what is smaller on the first screen, or not printed
    "MarkdownContainer": "[data-testid=stMarkdownContainer]",  # the words of Link and Reset, which are signs
    "AlertContainer": "[data-testid=stAlertContainer]",
    "Code": "[data-testid=stCode]",
    "PlotlyChart": "[data-testid=stPlotlyChart]",
    "Button": "[data-testid=stButton]",
    "DownloadButton": "[data-testid=stDownloadButton]",
    "Popover": "[data-testid=stPopover]",
    "FileUploader": "[data-testid=stFileUploader]",
    "ElementToolbar": "[data-testid=stElementToolbar]",
    "ClosedExpander": "details:not([open])",  # is opened by a link to what it holds
    "ExpanderTitle": "details > summary",
}
"""By name, which a style sheet writes as `$Name`."""

CONNECTION_STATE = "testConnectionState"
"""What `dataset` of `App` calls the state of the connection: "CONNECTED" or not."""

SCRIPT_STATE = "testScriptState"
"""What `dataset` of `App` calls the state of the script: "notRunning" or not."""

FIELDS = ", ".join(
    (
        f"{ELEMENTS['TextInput']} input",
        f"{ELEMENTS['TextArea']} textarea",
        f"{ELEMENTS['NumberInput']} input",
    )
)
"""The fields whose text is sent when they are left, each inside the `st-key-NAME` of its widget."""


def styled(sheet: str) -> str:
    """A style sheet, or a part of one, with each `$Name` replaced by the selector. Raises KeyError."""
    return Template(sheet).substitute(ELEMENTS)
